import { growingKey, type Migration } from 'durable-store';
import type { Kysely } from 'kysely';

/** Versions, timers and events, the operators' history, and what recognises a write whose commit was not acknowledged. */
export const versionsWaitsHistoryMigration: Migration = {
  async up(db: Kysely<unknown>) {
    // One column a statement: SQLite adds no more at a time.
    const sagas = () => db.schema.alterTable('sagas');
    await sagas()
      .addColumn('version', 'integer', (column) => column.notNull().defaultTo(1))
      .execute();
    await sagas()
      .addColumn('revision', 'integer', (column) => column.notNull().defaultTo(0))
      .execute();
    await sagas().addColumn('worker', 'text').execute();
    await sagas().addColumn('wake_at', 'bigint').execute();
    await sagas().addColumn('progress_at', 'bigint').execute();
    await sagas().addColumn('reason', 'text').execute();
    await sagas().addColumn('parent', 'text').execute();
    await sagas()
      .addColumn('history', 'text', (column) => column.notNull().defaultTo('[]'))
      .execute();

    const key = growingKey(db);
    await db.schema
      .createTable('saga_events')
      .addColumn('sequence', key.type, key.column)
      .addColumn('saga_id', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('dedupe_key', 'text')
      .addColumn('payload', 'text', (column) => column.notNull())
      .addColumn('consumed', 'integer', (column) => column.notNull().defaultTo(0))
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .execute();
    // An event without a dedupe key is like no other: NULL equals nothing.
    await db.schema
      .createIndex('saga_events_once')
      .on('saga_events')
      .columns(['saga_id', 'name', 'dedupe_key'])
      .unique()
      .execute();
  },
  indexes: (schema) => [
    schema.createIndex('sagas_wake').on('sagas').column('wake_at').where('wake_at', 'is not', null),
    schema.createIndex('sagas_by_definition').on('sagas').columns(['name', 'version']),
    schema.createIndex('sagas_by_status').on('sagas').columns(['status', 'id']),
    schema.createIndex('sagas_by_update').on('sagas').column('updated_at'),
  ],
};
