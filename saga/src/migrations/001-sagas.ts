import type { Migration } from 'durable-store';
import type { Kysely } from 'kysely';

/** The saga log. */
export const sagasMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('sagas')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('status', 'text', (column) => column.notNull())
      .addColumn('goal', 'text', (column) => column.notNull())
      .addColumn('input', 'text', (column) => column.notNull())
      .addColumn('steps', 'text', (column) => column.notNull())
      .addColumn('result', 'text')
      .addColumn('failure', 'text')
      .addColumn('stalls', 'integer', (column) => column.notNull())
      .addColumn('due_at', 'bigint')
      .addColumn('fence', 'integer', (column) => column.notNull())
      .addColumn('trace', 'text')
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('updated_at', 'bigint', (column) => column.notNull())
      .execute();
    // Only what is unfinished is in it, so it stays small however many sagas have ended.
    await db.schema.createIndex('sagas_due').on('sagas').column('due_at').where('due_at', 'is not', null).execute();
  },
};
