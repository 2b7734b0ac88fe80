import type { Migration } from 'durable-store';
import type { Kysely } from 'kysely';

/** What an erasure works with until it has ended: the name, and the references whose records have it. */
export const erasuresMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('erasure_names')
      .addColumn('erasure', 'text', (column) => column.primaryKey())
      .addColumn('name', 'text', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('erasure_references')
      .addColumn('erasure', 'text', (column) => column.notNull())
      .addColumn('reference', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('erasure_references_key', ['erasure', 'reference'])
      .execute();
  },
};
