CREATE TABLE "kysely_migration" (
  "name" character varying(255) not null,
  "timestamp" character varying(255) not null,
  constraint kysely_migration_pkey PRIMARY KEY (name)
);
INSERT INTO "kysely_migration" VALUES ('001-payments', '2026-11-26T21:49:44.906Z');
INSERT INTO "kysely_migration" VALUES ('002-idempotency-keys', '2026-11-26T21:49:44.914Z');
CREATE TABLE "kysely_migration_lock" (
  "id" character varying(255) not null,
  "is_locked" integer not null default 0,
  constraint kysely_migration_lock_pkey PRIMARY KEY (id)
);
INSERT INTO "kysely_migration_lock" VALUES ('migration_lock', 0);
CREATE TABLE "payments" (
  "sequence" bigint not null generated always as identity,
  "reference" text not null,
  "payment_id" text,
  "amount" bigint,
  "card_last_four" text,
  "status" text not null,
  "decline_code" text,
  "created_at" bigint not null,
  "updated_at" bigint not null,
  constraint payments_card_last_four_check CHECK (length(card_last_four) = 4),
  constraint payments_payment_id_key UNIQUE (payment_id),
  constraint payments_pkey PRIMARY KEY (sequence),
  constraint payments_reference_key UNIQUE (reference),
  constraint payments_status_check CHECK (status = ANY (ARRAY['pending'::text, 'settled'::text, 'declined'::text, 'voiding'::text, 'voided'::text, 'refunding'::text, 'refunded'::text]))
);
INSERT INTO "payments" OVERRIDING SYSTEM VALUE VALUES (1, '01a219d6-0504-7dc7-a9a5-0c3f710b02a8', '7d5c198b-055d-428e-a1a0-6e362a925888', 90525, '4242', 'settled', NULL, 1795729786206, 1795729786235);
INSERT INTO "payments" OVERRIDING SYSTEM VALUE VALUES (2, '01a219d6-0587-7a20-afce-106e96e5e5f8', '8b373316-71bc-40d9-bb6d-979d064797c4', 90525, '4242', 'settled', NULL, 1795729786276, 1795729786289);
INSERT INTO "payments" OVERRIDING SYSTEM VALUE VALUES (3, '01a219d6-05bb-7c11-a968-34dcf9a8a854', '70909bbc-4823-4015-96cf-63ac3bca9f0f', 90525, '4242', 'settled', NULL, 1795729786327, 1795729786332);
INSERT INTO "payments" OVERRIDING SYSTEM VALUE VALUES (4, '01a219d6-05ea-7f51-b89a-fcfce9a8d667', '3e5615ee-28c9-4a09-8621-b9bb763fc973', 90525, '4242', 'settled', NULL, 1795729786365, 1795729786369);
INSERT INTO "payments" OVERRIDING SYSTEM VALUE VALUES (5, '01a219d6-062d-7a1b-9494-1f08d99c41ac', 'e9198c8b-1891-4f3e-a0c7-827184b29090', 25000, '0002', 'declined', 'generic_decline', 1795729786431, 1795729786435);
INSERT INTO "payments" OVERRIDING SYSTEM VALUE VALUES (6, '01a219d6-065a-74b8-9b18-c45a7fa837b3', '456dc55c-8424-4ada-86d7-0b7bbc25347e', 25000, '4242', 'refunded', NULL, 1795729786473, 1795729786592);
INSERT INTO "payments" OVERRIDING SYSTEM VALUE VALUES (7, '01a219d6-0675-74dd-b653-426d30ea90bf', '9112828d-6e04-4f38-9a08-0eaba1e71b83', 25000, '4242', 'settled', NULL, 1795729786505, 1795729786509);
INSERT INTO "payments" OVERRIDING SYSTEM VALUE VALUES (8, '01a219d6-0695-74f0-891b-43749dea564a', '812c93e9-c205-4062-8e50-ec1f557e904c', 25000, '4242', 'refunding', NULL, 1795729786534, 1795729797578);
INSERT INTO "payments" OVERRIDING SYSTEM VALUE VALUES (9, '01a219d6-06b4-7538-8f6e-3fe9792d9504', '44fdec26-a34c-49bf-b6ca-7a5099fa8486', 25000, '4242', 'refunded', NULL, 1795729786567, 1795729797614);
INSERT INTO "payments" OVERRIDING SYSTEM VALUE VALUES (10, '01a219d6-0709-7f39-95de-2311fc38f952', '868cfc0a-6726-4dd2-b7c9-f5b5cd9be72a', 25000, '4242', 'settled', NULL, 1795729786652, 1795729786657);
INSERT INTO "payments" OVERRIDING SYSTEM VALUE VALUES (11, '01a219d6-06f4-73ee-9adf-14b2131841d4', NULL, NULL, NULL, 'voided', NULL, 1795729791121, 1795729791121);
INSERT INTO "payments" OVERRIDING SYSTEM VALUE VALUES (12, '01a219d6-18b0-7f2d-9e55-ddf1a88bb2fe', 'f59ce1db-47bd-4562-96cc-6d211d647cf1', 25000, '4242', 'settled', NULL, 1795729791172, 1795729791177);
INSERT INTO "payments" OVERRIDING SYSTEM VALUE VALUES (13, '01a219d6-30ac-752e-9e40-6e96545efebe', '9f35eb98-22d8-45fd-af74-30876dc2767f', 25000, '4242', 'pending', NULL, 1795729797325, 1795729797325);
INSERT INTO "payments" OVERRIDING SYSTEM VALUE VALUES (14, '01a219d6-30df-7a1c-9b82-f0c85f05cf06', '98257de3-b62c-4705-8d27-921125f22299', 25000, '4242', 'settled', NULL, 1795729797475, 1795729797484);
INSERT INTO "payments" OVERRIDING SYSTEM VALUE VALUES (15, '01a219d6-317c-72d1-b779-272a9da67403', '7fd3685c-3012-447d-a37e-133823ebaa70', 25000, '0002', 'declined', 'generic_decline', 1795729797528, 1795729797532);
INSERT INTO "payments" OVERRIDING SYSTEM VALUE VALUES (16, '01a219d6-3208-7b86-abcd-3c0faf893460', 'ae00bbd0-ff38-411d-81d5-57b7b02fe5c9', 25000, '0002', 'declined', 'generic_decline', 1795729797660, 1795729797667);
SELECT setval(pg_get_serial_sequence('payments', 'sequence'), 16);
CREATE INDEX payments_being_reversed ON payments USING btree (status) WHERE status = ANY (ARRAY['voiding'::text, 'refunding'::text]);
CREATE TABLE "idempotency_keys" (
  "key" text not null,
  "fingerprint" text not null,
  "state" text not null,
  "running_until" bigint not null,
  "reply" text,
  "created_at" bigint not null,
  constraint idempotency_keys_pkey PRIMARY KEY (key)
);
INSERT INTO "idempotency_keys" VALUES ('01a219d6-0504-7dc7-a9a5-0c3f710b02a8', 'bCoGbfE0mhZmw6A8l5SL3vN6NxniP97pyM-ro8DwBnc', 'done', 1795730036199, E'{"status":200,"type":"application/json","body":"{\\"payment_status\\":\\"settled\\",\\"payment_id\\":\\"7d5c198b-055d-428e-a1a0-6e362a925888\\"}"}', 1795729786199);
INSERT INTO "idempotency_keys" VALUES ('01a219d6-0587-7a20-afce-106e96e5e5f8', '4VdZ_shMhSpi9iZtJU4tvOaI1scGSzRrdREngKlBHEg', 'done', 1795730036275, E'{"status":200,"type":"application/json","body":"{\\"payment_status\\":\\"settled\\",\\"payment_id\\":\\"8b373316-71bc-40d9-bb6d-979d064797c4\\"}"}', 1795729786275);
INSERT INTO "idempotency_keys" VALUES ('01a219d6-05bb-7c11-a968-34dcf9a8a854', 'X8NslLsYcBpONBNd-QYDh6IB43e1ia-jnIUYXR6Vluk', 'done', 1795730036324, E'{"status":200,"type":"application/json","body":"{\\"payment_status\\":\\"settled\\",\\"payment_id\\":\\"70909bbc-4823-4015-96cf-63ac3bca9f0f\\"}"}', 1795729786324);
INSERT INTO "idempotency_keys" VALUES ('01a219d6-05ea-7f51-b89a-fcfce9a8d667', 'wj5M0bxWlP3sGG_LYLYM7R4YkFIY_0QxXQ9-KHVW6Gg', 'done', 1795730036363, E'{"status":200,"type":"application/json","body":"{\\"payment_status\\":\\"settled\\",\\"payment_id\\":\\"3e5615ee-28c9-4a09-8621-b9bb763fc973\\"}"}', 1795729786363);
INSERT INTO "idempotency_keys" VALUES ('01a219d6-062d-7a1b-9494-1f08d99c41ac', '6cAmcLJAPCkSOn8bCNA80Ilzek9M58wqTthWZ16Dvns', 'done', 1795730036430, E'{"status":402,"type":"application/problem+json","body":"{\\"type\\":\\"about:blank\\",\\"title\\":\\"Payment Required\\",\\"status\\":402,\\"detail\\":\\"The card was declined.\\",\\"instance\\":\\"/payment/makePayment\\",\\"code\\":\\"card_declined\\",\\"traceId\\":\\"b99e0013d5f6e988cae2512b0b83a003\\",\\"declineCode\\":\\"generic_decline\\"}"}', 1795729786430);
INSERT INTO "idempotency_keys" VALUES ('01a219d6-065a-74b8-9b18-c45a7fa837b3', 'R2lr6PVywUzK2yWU3V5S9efxVmS3A6qVTI8bLkeZstg', 'done', 1795730036472, E'{"status":200,"type":"application/json","body":"{\\"payment_status\\":\\"settled\\",\\"payment_id\\":\\"456dc55c-8424-4ada-86d7-0b7bbc25347e\\"}"}', 1795729786472);
INSERT INTO "idempotency_keys" VALUES ('01a219d6-0675-74dd-b653-426d30ea90bf', 'vI2gkZx0J9AvV9c0YADFFarXqKP6vzpQZobbcXd1m30', 'done', 1795730036504, E'{"status":200,"type":"application/json","body":"{\\"payment_status\\":\\"settled\\",\\"payment_id\\":\\"9112828d-6e04-4f38-9a08-0eaba1e71b83\\"}"}', 1795729786504);
INSERT INTO "idempotency_keys" VALUES ('01a219d6-0695-74f0-891b-43749dea564a', 'qwq882tx7VvcJxqY1e0kEBA3HkZ-zgMAIDNranBKWo4', 'done', 1795730036533, E'{"status":200,"type":"application/json","body":"{\\"payment_status\\":\\"settled\\",\\"payment_id\\":\\"812c93e9-c205-4062-8e50-ec1f557e904c\\"}"}', 1795729786533);
INSERT INTO "idempotency_keys" VALUES ('01a219d6-06b4-7538-8f6e-3fe9792d9504', 'CDhh51f1TFYgbYdXLIwEDsv4zMzFZ_vRwyOLaGd3Hzw', 'done', 1795730036565, E'{"status":200,"type":"application/json","body":"{\\"payment_status\\":\\"settled\\",\\"payment_id\\":\\"44fdec26-a34c-49bf-b6ca-7a5099fa8486\\"}"}', 1795729786565);
INSERT INTO "idempotency_keys" VALUES ('01a219d6-0709-7f39-95de-2311fc38f952', 'odCqfSQkvYVpH4mAMFVVqSZkuliw_8zg8Ox8Sj85xeI', 'done', 1795730036651, E'{"status":200,"type":"application/json","body":"{\\"payment_status\\":\\"settled\\",\\"payment_id\\":\\"868cfc0a-6726-4dd2-b7c9-f5b5cd9be72a\\"}"}', 1795729786651);
INSERT INTO "idempotency_keys" VALUES ('01a219d6-18b0-7f2d-9e55-ddf1a88bb2fe', 'axScpQMGRokF5Jscnn2dalrtp5ha_TB8CKrSxYXnOZE', 'done', 1795730041170, E'{"status":200,"type":"application/json","body":"{\\"payment_status\\":\\"settled\\",\\"payment_id\\":\\"f59ce1db-47bd-4562-96cc-6d211d647cf1\\"}"}', 1795729791170);
INSERT INTO "idempotency_keys" VALUES ('01a219d6-30ac-752e-9e40-6e96545efebe', 'svANzIhh8a7_bHPJ4pAvGG2XaBjNeCb6fGfrytqXktI', 'running', 1795730047324, NULL, 1795729797324);
INSERT INTO "idempotency_keys" VALUES ('01a219d6-30df-7a1c-9b82-f0c85f05cf06', 'ajAMut4QYn5y2PtkXQfQroHYiGadX_lVGRcxjNkr-Eo', 'done', 1795730047470, E'{"status":200,"type":"application/json","body":"{\\"payment_status\\":\\"settled\\",\\"payment_id\\":\\"98257de3-b62c-4705-8d27-921125f22299\\"}"}', 1795729797470);
INSERT INTO "idempotency_keys" VALUES ('01a219d6-317c-72d1-b779-272a9da67403', '_ui7WnH_2hdDYl-1lsLPdFa48PpC_p_lIveXjtVHC4M', 'done', 1795730047526, E'{"status":402,"type":"application/problem+json","body":"{\\"type\\":\\"about:blank\\",\\"title\\":\\"Payment Required\\",\\"status\\":402,\\"detail\\":\\"The card was declined.\\",\\"instance\\":\\"/payment/makePayment\\",\\"code\\":\\"card_declined\\",\\"traceId\\":\\"0c440d1b0dfef987d045a744a65c38ba\\",\\"declineCode\\":\\"generic_decline\\"}"}', 1795729797526);
INSERT INTO "idempotency_keys" VALUES ('01a219d6-3208-7b86-abcd-3c0faf893460', 'PmRLPZUjaGApn52v1_sdhboF0my04uMVqPtQfFMJB-E', 'done', 1795730047658, E'{"status":402,"type":"application/problem+json","body":"{\\"type\\":\\"about:blank\\",\\"title\\":\\"Payment Required\\",\\"status\\":402,\\"detail\\":\\"The card was declined.\\",\\"instance\\":\\"/payment/makePayment\\",\\"code\\":\\"card_declined\\",\\"traceId\\":\\"c2a6b95dc49b3365d14c052889089e4e\\",\\"declineCode\\":\\"generic_decline\\"}"}', 1795729797658);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys USING btree (created_at);
