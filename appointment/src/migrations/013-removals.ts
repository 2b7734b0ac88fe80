import type { Migration } from 'durable-store';
import type { Kysely } from 'kysely';

/** Bookings that are being removed because they are old: from here until no store has anything of them. */
export const removalsMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('removals')
      .addColumn('reference', 'text', (column) => column.primaryKey())
      .addColumn('due_at', 'bigint', (column) => column.notNull())
      .addColumn('is_gone', 'integer', (column) => column.notNull())
      .execute();
  },
};
