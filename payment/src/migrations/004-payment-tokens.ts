import type { Migration } from 'durable-store';
import type { Kysely } from 'kysely';

/** Payments by token, which have no card number to keep four digits of. */
export const paymentTokensMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('payments').addColumn('token_hash', 'text').execute();
  },
};
