import { type Migration, prepareQuery, valuesOf } from 'durable-store';
import type { Kysely } from 'kysely';

interface IdempotencyKeyRow {
  key: string;
  fingerprint: string;
  state: 'running' | 'done';
  /** Until when the request counts as running; after it, a retry may claim the key. Milliseconds since the epoch. */
  running_until: number;
  reply: string | null;
  created_at: number;
}

/** Goes into the table types of a service that keeps idempotency keys. */
export interface IdempotencyTables {
  idempotency_keys: IdempotencyKeyRow;
}

/** The table that the mechanism needs; a service lists it among its own migrations. */
export const idempotencyKeysMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('idempotency_keys')
      .addColumn('key', 'text', (column) => column.primaryKey())
      .addColumn('fingerprint', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('running_until', 'bigint', (column) => column.notNull())
      .addColumn('reply', 'text')
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('idempotency_keys_by_age').on('idempotency_keys').column('created_at').execute();
  },
};

/** Inserts a key; affects no row where the key is taken. */
export const insertKey = prepareQuery<IdempotencyTables, IdempotencyKeyRow>((tables, value) =>
  tables
    .insertInto('idempotency_keys')
    .values(valuesOf(value, ['key', 'fingerprint', 'state', 'running_until', 'reply', 'created_at']))
    .onConflict((conflict) => conflict.doNothing()),
);

/** Keeps the reply of a key that is running; a reply that is there stays. */
export const completeKey = prepareQuery<IdempotencyTables, Pick<IdempotencyKeyRow, 'key' | 'reply'>>((tables, value) =>
  tables
    .updateTable('idempotency_keys')
    .set({ state: 'done', reply: value('reply') })
    .where('key', '=', value('key'))
    .where('state', '=', 'running'),
);
