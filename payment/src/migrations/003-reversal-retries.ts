import type { Migration } from 'durable-store';
import type { Kysely } from 'kysely';

/** When a reversal that failed is tried again; an index for what is to be reversed, which is next to nothing of the table. */
export const reversalRetriesMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .alterTable('payments')
      .addColumn('reversal_attempts', 'integer', (column) => column.notNull().defaultTo(0))
      .execute();
    await db.schema
      .alterTable('payments')
      .addColumn('reversal_due_at', 'bigint', (column) => column.notNull().defaultTo(0))
      .execute();
  },
};
