CREATE TABLE "kysely_migration" (
  "name" character varying(255) not null,
  "timestamp" character varying(255) not null,
  constraint kysely_migration_pkey PRIMARY KEY (name)
);
INSERT INTO "kysely_migration" VALUES ('001-appointments', '2026-11-26T21:49:44.198Z');
INSERT INTO "kysely_migration" VALUES ('002-idempotency-keys', '2026-11-26T21:49:44.207Z');
CREATE TABLE "kysely_migration_lock" (
  "id" character varying(255) not null,
  "is_locked" integer not null default 0,
  constraint kysely_migration_lock_pkey PRIMARY KEY (id)
);
INSERT INTO "kysely_migration_lock" VALUES ('migration_lock', 0);
CREATE TABLE "appointments" (
  "id" bigint not null generated always as identity,
  "reference" text not null,
  "patient_name" text not null,
  "doctor_name" text not null,
  "date" text not null,
  "time" text not null,
  "fee" bigint not null,
  "status" text not null,
  "created_at" bigint not null,
  constraint appointments_pkey PRIMARY KEY (id),
  constraint appointments_reference_key UNIQUE (reference)
);
INSERT INTO "appointments" OVERRIDING SYSTEM VALUE VALUES (1001, '01a219d6-0504-7dc7-a9a5-0c3f710b02a8', 'Confirmed', 'Kavya Menon', '01-07-2031', '4.00pm', 90525, 'booked', 1795729786161);
INSERT INTO "appointments" OVERRIDING SYSTEM VALUE VALUES (1002, '01a219d6-0587-7a20-afce-106e96e5e5f8', 'Confirmed with a key', 'Kavya Menon', '01-07-2031', '4.30pm', 90525, 'booked', 1795729786260);
INSERT INTO "appointments" OVERRIDING SYSTEM VALUE VALUES (1003, '01a219d6-05bb-7c11-a968-34dcf9a8a854', 'Confirmed without waiting', 'Kavya Menon', '01-07-2031', '5.00pm', 90525, 'booked', 1795729786311);
INSERT INTO "appointments" OVERRIDING SYSTEM VALUE VALUES (1004, '01a219d6-05ea-7f51-b89a-fcfce9a8d667', 'Stuck in refund', 'Kavya Menon', '01-07-2031', '5.30pm', 90525, 'booked', 1795729786354);
INSERT INTO "appointments" OVERRIDING SYSTEM VALUE VALUES (1005, '01a219d6-062d-7a1b-9494-1f08d99c41ac', 'Declined card', 'Farid Haddad', '02-07-2031', '8.00am', 25000, 'cancelled', 1795729786422);
INSERT INTO "appointments" OVERRIDING SYSTEM VALUE VALUES (1006, '01a219d6-065a-74b8-9b18-c45a7fa837b3', 'Cancelled', 'Farid Haddad', '02-07-2031', '8.00am', 25000, 'cancelled', 1795729786463);
INSERT INTO "appointments" OVERRIDING SYSTEM VALUE VALUES (1007, '01a219d6-0675-74dd-b653-426d30ea90bf', 'Killed when its cancellation was written', 'Farid Haddad', '02-07-2031', '8.15am', 25000, 'booked', 1795729786494);
INSERT INTO "appointments" OVERRIDING SYSTEM VALUE VALUES (1008, '01a219d6-0695-74f0-891b-43749dea564a', 'Killed while its cancellation refunds', 'Farid Haddad', '02-07-2031', '8.30am', 25000, 'booked', 1795729786523);
INSERT INTO "appointments" OVERRIDING SYSTEM VALUE VALUES (1009, '01a219d6-06b4-7538-8f6e-3fe9792d9504', 'Killed while its cancellation releases', 'Farid Haddad', '02-07-2031', '8.45am', 25000, 'cancelled', 1795729786556);
INSERT INTO "appointments" OVERRIDING SYSTEM VALUE VALUES (1010, '01a219d6-06f4-73ee-9adf-14b2131841d4', 'Timed out in pay', 'Farid Haddad', '02-07-2031', '8.00am', 25000, 'cancelled', 1795729786619);
INSERT INTO "appointments" OVERRIDING SYSTEM VALUE VALUES (1011, '01a219d6-0709-7f39-95de-2311fc38f952', 'Killed while refunding', 'Farid Haddad', '02-07-2031', '9.00am', 25000, 'booked', 1795729786641);
INSERT INTO "appointments" OVERRIDING SYSTEM VALUE VALUES (1012, '01a219d6-18b0-7f2d-9e55-ddf1a88bb2fe', 'Stuck in pay', 'Farid Haddad', '02-07-2031', '8.00am', 25000, 'booked', 1795729791161);
INSERT INTO "appointments" OVERRIDING SYSTEM VALUE VALUES (1013, '01a219d6-3075-78b8-a580-da7bf2738fed', 'Killed in reserve, booked', 'Farid Haddad', '03-07-2031', '8.00am', 25000, 'booked', 1795729797246);
INSERT INTO "appointments" OVERRIDING SYSTEM VALUE VALUES (1014, '01a219d6-308e-7d3b-8cfb-91c5daf8227b', 'Killed in pay, not charged', 'Farid Haddad', '03-07-2031', '8.15am', 25000, 'booked', 1795729797271);
INSERT INTO "appointments" OVERRIDING SYSTEM VALUE VALUES (1015, '01a219d6-30ac-752e-9e40-6e96545efebe', 'Killed in pay, at the gateway', 'Farid Haddad', '03-07-2031', '8.30am', 25000, 'booked', 1795729797303);
INSERT INTO "appointments" OVERRIDING SYSTEM VALUE VALUES (1016, '01a219d6-30df-7a1c-9b82-f0c85f05cf06', 'Killed in pay, settled', 'Farid Haddad', '03-07-2031', '8.45am', 25000, 'booked', 1795729797447);
INSERT INTO "appointments" OVERRIDING SYSTEM VALUE VALUES (1017, '01a219d6-317c-72d1-b779-272a9da67403', 'Killed while releasing', 'Farid Haddad', '03-07-2031', '9.00am', 25000, 'booked', 1795729797515);
INSERT INTO "appointments" OVERRIDING SYSTEM VALUE VALUES (1018, '01a219d6-3208-7b86-abcd-3c0faf893460', 'Stuck in release', 'Farid Haddad', '03-07-2031', '9.15am', 25000, 'booked', 1795729797649);
SELECT setval(pg_get_serial_sequence('appointments', 'id'), 1018);
CREATE UNIQUE INDEX one_live_appointment_per_slot ON appointments USING btree (doctor_name, date, "time") WHERE status = 'booked'::text;
CREATE TABLE "cancellations" (
  "reference" text not null,
  "created_at" bigint not null,
  constraint cancellations_pkey PRIMARY KEY (reference)
);
INSERT INTO "cancellations" VALUES ('01a219d6-062d-7a1b-9494-1f08d99c41ac', 1795729786447);
INSERT INTO "cancellations" VALUES ('01a219d6-065a-74b8-9b18-c45a7fa837b3', 1795729786601);
INSERT INTO "cancellations" VALUES ('01a219d6-06b4-7538-8f6e-3fe9792d9504', 1795729797627);
INSERT INTO "cancellations" VALUES ('01a219d6-06f4-73ee-9adf-14b2131841d4', 1795729791130);
CREATE TABLE "idempotency_keys" (
  "key" text not null,
  "fingerprint" text not null,
  "state" text not null,
  "running_until" bigint not null,
  "reply" text,
  "created_at" bigint not null,
  constraint idempotency_keys_pkey PRIMARY KEY (key)
);
INSERT INTO "idempotency_keys" VALUES ('01a219d6-0504-7dc7-a9a5-0c3f710b02a8', '1TqdsIMn0lCgUuD54HWZMEE_entV9x3iDPpw_dK84hk', 'done', 1795729796153, E'{"status":200,"type":"application/json","body":"{\\"appointmentId\\":\\"1001\\",\\"patient_name\\":\\"Confirmed\\",\\"date\\":\\"01-07-2031\\",\\"time\\":\\"4.00pm\\",\\"doctor_name\\":\\"Kavya Menon\\",\\"fee\\":\\"905.25\\"}"}', 1795729786153);
INSERT INTO "idempotency_keys" VALUES ('01a219d6-0587-7a20-afce-106e96e5e5f8', 'BuYAbiGIMMZaYns9-n-BX4UypW7PhziNFfIiJil-bTo', 'done', 1795729796257, E'{"status":200,"type":"application/json","body":"{\\"appointmentId\\":\\"1002\\",\\"patient_name\\":\\"Confirmed with a key\\",\\"date\\":\\"01-07-2031\\",\\"time\\":\\"4.30pm\\",\\"doctor_name\\":\\"Kavya Menon\\",\\"fee\\":\\"905.25\\"}"}', 1795729786257);
INSERT INTO "idempotency_keys" VALUES ('01a219d6-05bb-7c11-a968-34dcf9a8a854', 'ldi73TVN5yYDUAM3Rs1S2yRst3lOr4eDG65_Vci6qng', 'done', 1795729796309, E'{"status":200,"type":"application/json","body":"{\\"appointmentId\\":\\"1003\\",\\"patient_name\\":\\"Confirmed without waiting\\",\\"date\\":\\"01-07-2031\\",\\"time\\":\\"5.00pm\\",\\"doctor_name\\":\\"Kavya Menon\\",\\"fee\\":\\"905.25\\"}"}', 1795729786309);
INSERT INTO "idempotency_keys" VALUES ('01a219d6-05ea-7f51-b89a-fcfce9a8d667', '9OOSfn--QQuQECnf-5ebeyf3Mz78zlV07zBHnYjfEzU', 'done', 1795729796352, E'{"status":200,"type":"application/json","body":"{\\"appointmentId\\":\\"1004\\",\\"patient_name\\":\\"Stuck in refund\\",\\"date\\":\\"01-07-2031\\",\\"time\\":\\"5.30pm\\",\\"doctor_name\\":\\"Kavya Menon\\",\\"fee\\":\\"905.25\\"}"}', 1795729786352);
INSERT INTO "idempotency_keys" VALUES ('01a219d6-060a-70ff-b64f-0edced35af20', 'AnU1DfQnfoAVImAlSZOVIBhWFqbtMbsjMBie305KbUw', 'done', 1795729796383, E'{"status":409,"type":"application/problem+json","body":"{\\"type\\":\\"about:blank\\",\\"title\\":\\"Conflict\\",\\"status\\":409,\\"detail\\":\\"The doctor has no free slot on that day.\\",\\"instance\\":\\"/reservation/createAppointment\\",\\"code\\":\\"no_slot_available\\",\\"traceId\\":\\"5f941f475520b501487bd7a357696c9b\\"}"}', 1795729786383);
INSERT INTO "idempotency_keys" VALUES ('01a219d6-061c-7c29-90d2-e051626407cb', 'ERrAB8QdYO6f8jtdyMuH9X9bBIoM4ZA3z3Kpm8jIkeM', 'done', 1795729796403, E'{"status":404,"type":"application/problem+json","body":"{\\"type\\":\\"about:blank\\",\\"title\\":\\"Not Found\\",\\"status\\":404,\\"detail\\":\\"No doctor of that name can be booked here.\\",\\"instance\\":\\"/reservation/createAppointment\\",\\"code\\":\\"doctor_not_found\\",\\"traceId\\":\\"1091acd2dfac8b28cd2df546fcf7f330\\"}"}', 1795729786403);
INSERT INTO "idempotency_keys" VALUES ('01a219d6-062d-7a1b-9494-1f08d99c41ac', 'r7WWlWdq15B2VSgD-b4l-uPLm7W84iLZGpMA_AsV9pU', 'done', 1795729796420, E'{"status":200,"type":"application/json","body":"{\\"appointmentId\\":\\"1005\\",\\"patient_name\\":\\"Declined card\\",\\"date\\":\\"02-07-2031\\",\\"time\\":\\"8.00am\\",\\"doctor_name\\":\\"Farid Haddad\\",\\"fee\\":\\"250.00\\"}"}', 1795729786420);
INSERT INTO "idempotency_keys" VALUES ('01a219d6-065a-74b8-9b18-c45a7fa837b3', '44jdFsMFTz66RDjH_B-JDTQKinqskrG-vFmJeo2oTIQ', 'done', 1795729796462, E'{"status":200,"type":"application/json","body":"{\\"appointmentId\\":\\"1006\\",\\"patient_name\\":\\"Cancelled\\",\\"date\\":\\"02-07-2031\\",\\"time\\":\\"8.00am\\",\\"doctor_name\\":\\"Farid Haddad\\",\\"fee\\":\\"250.00\\"}"}', 1795729786462);
INSERT INTO "idempotency_keys" VALUES ('01a219d6-0675-74dd-b653-426d30ea90bf', 'byYS2uaaexkT_TwP8R--DH9g3xspKpjiOhUB5bFndP8', 'done', 1795729796492, E'{"status":200,"type":"application/json","body":"{\\"appointmentId\\":\\"1007\\",\\"patient_name\\":\\"Killed when its cancellation was written\\",\\"date\\":\\"02-07-2031\\",\\"time\\":\\"8.15am\\",\\"doctor_name\\":\\"Farid Haddad\\",\\"fee\\":\\"250.00\\"}"}', 1795729786492);
INSERT INTO "idempotency_keys" VALUES ('01a219d6-0695-74f0-891b-43749dea564a', 'wlgOmwTKap5UJLm2oggfqBZF4xHj3Mf5JA5mhzEi-LE', 'done', 1795729796522, E'{"status":200,"type":"application/json","body":"{\\"appointmentId\\":\\"1008\\",\\"patient_name\\":\\"Killed while its cancellation refunds\\",\\"date\\":\\"02-07-2031\\",\\"time\\":\\"8.30am\\",\\"doctor_name\\":\\"Farid Haddad\\",\\"fee\\":\\"250.00\\"}"}', 1795729786522);
INSERT INTO "idempotency_keys" VALUES ('01a219d6-06b4-7538-8f6e-3fe9792d9504', 'Ec1FPFnCx1tfu4nK7_BkvLikhV0oxTEB0h01bV-zJlE', 'done', 1795729796554, E'{"status":200,"type":"application/json","body":"{\\"appointmentId\\":\\"1009\\",\\"patient_name\\":\\"Killed while its cancellation releases\\",\\"date\\":\\"02-07-2031\\",\\"time\\":\\"8.45am\\",\\"doctor_name\\":\\"Farid Haddad\\",\\"fee\\":\\"250.00\\"}"}', 1795729786554);
INSERT INTO "idempotency_keys" VALUES ('01a219d6-06f4-73ee-9adf-14b2131841d4', 'ovlu-dyH3HsWTJlk0qWybca-U9FrkSIkXQk6FWx0d7o', 'done', 1795729796617, E'{"status":200,"type":"application/json","body":"{\\"appointmentId\\":\\"1010\\",\\"patient_name\\":\\"Timed out in pay\\",\\"date\\":\\"02-07-2031\\",\\"time\\":\\"8.00am\\",\\"doctor_name\\":\\"Farid Haddad\\",\\"fee\\":\\"250.00\\"}"}', 1795729786617);
INSERT INTO "idempotency_keys" VALUES ('01a219d6-0709-7f39-95de-2311fc38f952', 'IuyI9s2zR68oNvo4yihITDidFsMxp_iitrQ8VEWExMk', 'done', 1795729796638, E'{"status":200,"type":"application/json","body":"{\\"appointmentId\\":\\"1011\\",\\"patient_name\\":\\"Killed while refunding\\",\\"date\\":\\"02-07-2031\\",\\"time\\":\\"9.00am\\",\\"doctor_name\\":\\"Farid Haddad\\",\\"fee\\":\\"250.00\\"}"}', 1795729786638);
INSERT INTO "idempotency_keys" VALUES ('01a219d6-18b0-7f2d-9e55-ddf1a88bb2fe', '1nX9YQ9sSuwrjgPg-cFojongKpOYmDipaZzy3hbyCk8', 'done', 1795729801158, E'{"status":200,"type":"application/json","body":"{\\"appointmentId\\":\\"1012\\",\\"patient_name\\":\\"Stuck in pay\\",\\"date\\":\\"02-07-2031\\",\\"time\\":\\"8.00am\\",\\"doctor_name\\":\\"Farid Haddad\\",\\"fee\\":\\"250.00\\"}"}', 1795729791158);
INSERT INTO "idempotency_keys" VALUES ('01a219d6-3075-78b8-a580-da7bf2738fed', 'ilAci_yMStbXkKIsAr9WWKiOG4NY3Yg4DLRFLfTly4M', 'done', 1795729807244, E'{"status":200,"type":"application/json","body":"{\\"appointmentId\\":\\"1013\\",\\"patient_name\\":\\"Killed in reserve, booked\\",\\"date\\":\\"03-07-2031\\",\\"time\\":\\"8.00am\\",\\"doctor_name\\":\\"Farid Haddad\\",\\"fee\\":\\"250.00\\"}"}', 1795729797244);
INSERT INTO "idempotency_keys" VALUES ('01a219d6-308e-7d3b-8cfb-91c5daf8227b', 'hxeP9jJF7--PS9Kcxyipd1FyzXddzlMfp_oB_mqUYN8', 'done', 1795729807269, E'{"status":200,"type":"application/json","body":"{\\"appointmentId\\":\\"1014\\",\\"patient_name\\":\\"Killed in pay, not charged\\",\\"date\\":\\"03-07-2031\\",\\"time\\":\\"8.15am\\",\\"doctor_name\\":\\"Farid Haddad\\",\\"fee\\":\\"250.00\\"}"}', 1795729797269);
INSERT INTO "idempotency_keys" VALUES ('01a219d6-30ac-752e-9e40-6e96545efebe', 'hfhRkZCdpibU0MPnzuJV92FgSJ2TD0xSCQ-0HMgkJQw', 'done', 1795729807302, E'{"status":200,"type":"application/json","body":"{\\"appointmentId\\":\\"1015\\",\\"patient_name\\":\\"Killed in pay, at the gateway\\",\\"date\\":\\"03-07-2031\\",\\"time\\":\\"8.30am\\",\\"doctor_name\\":\\"Farid Haddad\\",\\"fee\\":\\"250.00\\"}"}', 1795729797302);
INSERT INTO "idempotency_keys" VALUES ('01a219d6-30df-7a1c-9b82-f0c85f05cf06', 'SiK6jE-fo17cb_e-crlqvCTH9z8CWSReKA6NsaVrP-c', 'done', 1795729807445, E'{"status":200,"type":"application/json","body":"{\\"appointmentId\\":\\"1016\\",\\"patient_name\\":\\"Killed in pay, settled\\",\\"date\\":\\"03-07-2031\\",\\"time\\":\\"8.45am\\",\\"doctor_name\\":\\"Farid Haddad\\",\\"fee\\":\\"250.00\\"}"}', 1795729797445);
INSERT INTO "idempotency_keys" VALUES ('01a219d6-317c-72d1-b779-272a9da67403', 'GpbTLaZ37sBnenrBhXLQqyt_P4Sr6NfawTM-aXKAbVA', 'done', 1795729807512, E'{"status":200,"type":"application/json","body":"{\\"appointmentId\\":\\"1017\\",\\"patient_name\\":\\"Killed while releasing\\",\\"date\\":\\"03-07-2031\\",\\"time\\":\\"9.00am\\",\\"doctor_name\\":\\"Farid Haddad\\",\\"fee\\":\\"250.00\\"}"}', 1795729797512);
INSERT INTO "idempotency_keys" VALUES ('01a219d6-3208-7b86-abcd-3c0faf893460', 'q5hjXM6IGAGz1LeBbgiQ2FcolcxAqR5fwpJZq4HXALY', 'done', 1795729807647, E'{"status":200,"type":"application/json","body":"{\\"appointmentId\\":\\"1018\\",\\"patient_name\\":\\"Stuck in release\\",\\"date\\":\\"03-07-2031\\",\\"time\\":\\"9.15am\\",\\"doctor_name\\":\\"Farid Haddad\\",\\"fee\\":\\"250.00\\"}"}', 1795729797647);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys USING btree (created_at);
