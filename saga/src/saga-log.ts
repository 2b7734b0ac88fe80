import { type Migration, prepareQuery, valuesOf } from 'durable-store';
import type { Kysely, Selectable } from 'kysely';
import { type Goal, isTerminal, type SagaRecord, type SagaStatus } from './saga-record.ts';

interface SagaTable {
  id: string;
  name: string;
  status: SagaStatus;
  goal: Goal;
  input: string;
  steps: string;
  result: string | null;
  failure: string | null;
  stalls: number;
  due_at: number | null;
  fence: number;
  trace: string | null;
  created_at: number;
  updated_at: number;
}

/** Goes into the table types of a service that runs sagas. */
export interface SagaTables {
  sagas: SagaTable;
}

type Tables = Kysely<SagaTables>;

/** The saga log within a service's own tables. Kysely's types cannot say that a wider store serves a narrower need. */
export const sagasIn = <T extends SagaTables>(tables: Kysely<T>): Tables => tables as unknown as Tables;

/** The saga log; a service lists it among its own migrations. */
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

/** Thrown when somebody else has taken the saga up: whoever gets it must stop without another word. */
export class LeaseLost extends Error {
  override name = 'LeaseLost';
}

/** What changes while a saga goes on; the rest of its row is written once. */
function changingOf(record: SagaRecord) {
  return {
    status: record.status,
    goal: record.goal,
    steps: JSON.stringify(record.steps),
    result: record.result === null ? null : JSON.stringify(record.result),
    failure: record.failure === null ? null : JSON.stringify(record.failure),
    stalls: record.stalls,
    due_at: record.dueAt,
    updated_at: record.updatedAt,
  };
}

function toRow(record: SagaRecord): SagaTable {
  return {
    id: record.id,
    name: record.name,
    input: JSON.stringify(record.input),
    fence: record.fence,
    trace: record.trace === null ? null : JSON.stringify(record.trace),
    created_at: record.createdAt,
    ...changingOf(record),
  };
}

function fromRow(row: Selectable<SagaTable>): SagaRecord {
  return {
    id: row.id,
    name: row.name,
    status: row.status,
    goal: row.goal,
    input: JSON.parse(row.input),
    steps: JSON.parse(row.steps),
    result: row.result === null ? null : JSON.parse(row.result),
    failure: row.failure === null ? null : JSON.parse(row.failure),
    stalls: row.stalls,
    dueAt: row.due_at,
    fence: row.fence,
    trace: row.trace === null ? null : JSON.parse(row.trace),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

// A saga that has ended is nobody's to take up.
function endLease(record: SagaRecord): void {
  if (isTerminal(record)) record.dueAt = null;
}

const CHANGING = ['status', 'goal', 'steps', 'result', 'failure', 'stalls', 'due_at', 'updated_at'] as const;
const LASTING = ['id', 'name', 'input', 'fence', 'trace', 'created_at'] as const;

const insertRow = prepareQuery<SagaTables, SagaTable>((tables, value) =>
  tables.insertInto('sagas').values({ ...valuesOf(value, LASTING), ...valuesOf(value, CHANGING) }),
);

const updateRow = prepareQuery<SagaTables, ReturnType<typeof changingOf> & Pick<SagaTable, 'id' | 'fence'>>(
  (tables, value) =>
    tables
      .updateTable('sagas')
      .set(valuesOf(value, CHANGING))
      .where('id', '=', value('id'))
      .where('fence', '=', value('fence')),
);

export async function insertSaga(tables: Tables, record: SagaRecord): Promise<void> {
  endLease(record);
  await insertRow(tables, toRow(record));
}

/** @throws LeaseLost where the log's fence is no longer the record's */
export async function updateSaga(tables: Tables, record: SagaRecord): Promise<void> {
  endLease(record);
  const { numAffectedRows } = await updateRow(tables, { ...changingOf(record), id: record.id, fence: record.fence });
  if (numAffectedRows === 0n) throw new LeaseLost();
}

export async function findSaga(tables: Tables, id: string): Promise<SagaRecord | undefined> {
  // PostgreSQL refuses a text with a NUL in it, even when it is only asked for.
  if (id.includes('\0')) return undefined;
  const row = await tables.selectFrom('sagas').selectAll().where('id', '=', id).executeTakeFirst();
  return row && fromRow(row);
}

/**
 * Takes up sagas that nobody drives: the lease of each is set and its fence raised, which shuts out whoever drove it
 * before. What another process is taking up at this moment is left to it.
 *
 * @param leaseUntil milliseconds since the epoch
 * @param except sagas to leave alone, by id
 */
export async function takeUpDue(
  tables: Tables,
  now: number,
  leaseUntil: number,
  { limit, except }: { limit: number; except: readonly string[] },
): Promise<SagaRecord[]> {
  const due = await tables
    .selectFrom('sagas')
    .selectAll()
    .where('due_at', '<=', now)
    .$if(except.length > 0, (query) => query.where('id', 'not in', except))
    .orderBy('due_at')
    .limit(limit)
    .forUpdate()
    .skipLocked()
    .execute();
  if (due.length === 0) return [];
  const ids = due.map(({ id }) => id);
  await tables
    .updateTable('sagas')
    .set(({ eb }) => ({ fence: eb('fence', '+', 1), due_at: leaseUntil }))
    .where('id', 'in', ids)
    .execute();
  return due.map((row) => fromRow({ ...row, fence: row.fence + 1, due_at: leaseUntil }));
}

/**
 * Takes one saga up, whether it is due or not; the record then holds the new fence.
 *
 * @returns whether it was got: false where somebody else took it up since the record was read
 */
export async function takeUp(tables: Tables, record: SagaRecord, leaseUntil: number): Promise<boolean> {
  const { numUpdatedRows } = await tables
    .updateTable('sagas')
    .set({ fence: record.fence + 1, due_at: leaseUntil })
    .where('id', '=', record.id)
    .where('fence', '=', record.fence)
    .executeTakeFirstOrThrow();
  record.fence += 1;
  record.dueAt = leaseUntil;
  return numUpdatedRows > 0n;
}

/** Makes whatever is unfinished due: for a process that knows that no other one drives any of it. */
export async function expireLeases(tables: Tables, now: number): Promise<void> {
  await tables.updateTable('sagas').set({ due_at: now }).where('due_at', '>', now).execute();
}

/** Prolongs the leases of those sagas whose fence is still the given one, and shortens none. */
export async function renewLeases(
  tables: Tables,
  held: ReadonlyArray<Pick<SagaRecord, 'id' | 'fence'>>,
  leaseUntil: number,
): Promise<void> {
  await tables
    .updateTable('sagas')
    .set({ due_at: leaseUntil })
    .where(({ or, and }) => or(held.map(({ id, fence }) => and({ id, fence }))))
    .where('due_at', '<', leaseUntil)
    .execute();
}
