import type { Migration } from 'durable-store';
import type { Kysely } from 'kysely';

/** What tells another request with the same key, where a tombstone is all that is left of it; null until one has come. */
export const cancellationFingerprintsMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('cancellations').addColumn('fingerprint', 'text').execute();
  },
};
