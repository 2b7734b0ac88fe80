import type { Migration } from 'durable-store';
import type { Kysely } from 'kysely';

/** What tells another request with the same key, after the key itself is forgotten; null where no payment has come yet. */
export const paymentFingerprintsMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('payments').addColumn('fingerprint', 'text').execute();
  },
};
