import type { Migration } from 'durable-store';
import type { Kysely } from 'kysely';

/** Where the cardholder confirms a payment. It has no status of its own, which an older image would not know. */
export const cardholderActionsMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('payments').addColumn('action_url', 'text').execute();
  },
};
