import { type Migration, prepareFind, prepareInsert, prepareUpdate } from 'durable-store';
import type { Kysely } from 'kysely';

export interface IdempotencyKeyRow {
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

type Tables = Kysely<IdempotencyTables>;

const COLUMNS = ['key', 'fingerprint', 'state', 'running_until', 'reply', 'created_at'] as const;

/** Inserts a key; resolves to undefined where the key is taken. */
export const insertKey = prepareInsert<IdempotencyKeyRow>('idempotency_keys', COLUMNS, ['key']);

const completeRunning = prepareUpdate<IdempotencyKeyRow, 'key', 'state' | 'reply'>(
  'idempotency_keys',
  ['state', 'reply'],
  { key: ['key'], having: { state: 'running' } },
);

/** Keeps the reply of a key that is running; a reply that is there stays. */
export async function completeKey(tables: Tables, key: string, reply: string): Promise<void> {
  await completeRunning(tables, { key, state: 'done', reply });
}

const findByKey = prepareFind<IdempotencyKeyRow, 'key'>('idempotency_keys', { key: ['key'] });

export async function findKey(tables: Tables, key: string): Promise<IdempotencyKeyRow | undefined> {
  return (await findByKey(tables, { key }))[0];
}

/** A key that is there. */
export async function getKey(tables: Tables, key: string): Promise<IdempotencyKeyRow> {
  return tables.selectFrom('idempotency_keys').selectAll().where('key', '=', key).executeTakeFirstOrThrow();
}

/** @returns whether the key was no longer running, and is now until `runningUntil` */
export async function claimAgain(
  tables: Tables,
  key: string,
  { at, runningUntil }: { at: number; runningUntil: number },
): Promise<boolean> {
  const { numUpdatedRows } = await tables
    .updateTable('idempotency_keys')
    .set({ running_until: runningUntil })
    .where('key', '=', key)
    .where('running_until', '<=', at)
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}

/** Stands in place of the fingerprint of a request that was erased; no hash is like it. */
export const ERASED_FINGERPRINT = 'erased';

/** Keeps of a request nothing but that its key was used. */
export async function eraseKey(tables: Tables, key: string): Promise<void> {
  await tables
    .updateTable('idempotency_keys')
    .set({ fingerprint: ERASED_FINGERPRINT, state: 'done', running_until: 0, reply: null })
    .where('key', '=', key)
    .execute();
}

/** Lets the next retry do the work again: the outcome is not known, or is not one to keep. */
export async function releaseKey(tables: Tables, key: string): Promise<void> {
  await tables.updateTable('idempotency_keys').set({ running_until: 0 }).where('key', '=', key).execute();
}

/** For the start of a service that alone owns its store: what was running died with the last process. */
export async function releaseAllKeys(tables: Tables): Promise<void> {
  await tables.updateTable('idempotency_keys').set({ running_until: 0 }).where('state', '=', 'running').execute();
}
