import { prepareQuery, valuesOf } from 'durable-store';
import type { SagaRecord } from './record.ts';
import { changingOf, fromRow, toRow } from './saga-row.ts';
import type { SagaStatus } from './status.ts';
import type { SagaRow, SagaTables, Tables } from './tables.ts';

/** The columns that a run may change. */
export const CHANGING = [
  ...(['status', 'goal', 'steps', 'result', 'failure', 'stalls', 'reason', 'progress_at'] as const),
  ...(['due_at', 'wake_at', 'worker', 'revision', 'updated_at'] as const),
] as const;
// What a step that has ended changes. The indexes of status and due times are left alone then.
const PROGRESS = ['steps', 'progress_at', 'revision', 'updated_at'] as const;
/** The columns that a run leaves as they are. */
export const LASTING = ['id', 'name', 'version', 'input', 'fence', 'trace', 'parent', 'history', 'created_at'] as const;

const insertRow = prepareQuery<SagaTables, SagaRow>((tables, value) =>
  tables
    .insertInto('sagas')
    .values({ ...valuesOf(value, LASTING), ...valuesOf(value, CHANGING) })
    .onConflict((conflict) => conflict.doNothing()),
);

type Update = ReturnType<typeof changingOf> & Pick<SagaRow, 'id' | 'fence'> & { written: number };

const updateOf = (columns: ReadonlyArray<(typeof CHANGING)[number]>) =>
  prepareQuery<SagaTables, Update>((tables, value) =>
    tables
      .updateTable('sagas')
      .set(valuesOf(value, columns))
      .where('id', '=', value('id'))
      .where('fence', '=', value('fence'))
      .where('revision', '=', value('written')),
  );

const updateRow = updateOf(CHANGING);
const updateProgress = updateOf(PROGRESS);

/** @returns false where the id is taken, and then nothing is written */
export async function insertSaga(tables: Tables, record: SagaRecord): Promise<boolean> {
  const { numAffectedRows } = await insertRow(tables, toRow(record));
  return numAffectedRows !== 0n;
}

/**
 * Writes what a run has changed.
 *
 * @param before as it is on disk
 * @param after of the revision that follows
 * @returns false where the log has another fencing token or another revision, and then nothing is written
 */
export async function updateSaga(tables: Tables, before: SagaRecord, after: SagaRecord): Promise<boolean> {
  const { id, fence, revision } = after;
  const update = hasOnlyProgressed(before, after) ? updateProgress : updateRow;
  const { numAffectedRows } = await update(tables, { ...changingOf(after), id, fence, written: revision - 1 });
  return numAffectedRows !== 0n;
}

const BESIDE_PROGRESS = [
  ...(['status', 'goal', 'result', 'failure', 'reschedules', 'reason'] as const),
  ...(['dueAt', 'wakeAt', 'worker'] as const),
] as const;

const hasOnlyProgressed = (before: SagaRecord, after: SagaRecord): boolean =>
  BESIDE_PROGRESS.every((member) => before[member] === after[member]);

/**
 * Writes an operator's move. It takes the saga from the run that holds it.
 *
 * @returns false where the log has moved on since the record was read
 */
export async function writeMove(tables: Tables, before: SagaRecord, after: SagaRecord): Promise<boolean> {
  const { numUpdatedRows } = await tables
    .updateTable('sagas')
    .set({ ...changingOf(after), fence: after.fence, history: JSON.stringify(after.history) })
    .where('id', '=', before.id)
    .where('fence', '=', before.fence)
    .where('revision', '=', before.revision)
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}

/** @param forUpdate whether the row is locked until the transaction ends */
export async function findSaga(
  tables: Tables,
  id: string,
  { forUpdate = false }: { forUpdate?: boolean } = {},
): Promise<SagaRecord | undefined> {
  // PostgreSQL refuses a text with a NUL in it, even when it is only asked for.
  if (id.includes('\0')) return undefined;
  const row = await tables
    .selectFrom('sagas')
    .selectAll()
    .where('id', '=', id)
    .$if(forUpdate, (query) => query.forUpdate())
    .executeTakeFirst();
  return row && fromRow(row);
}

/**
 * Finds what an earlier try of a write has left, whose commit went through and was not acknowledged.
 *
 * @returns undefined where there is none: another run or an operator has written since
 */
export async function findWritten(
  tables: Tables,
  { id, fence, revision, worker }: SagaRecord,
): Promise<SagaRecord | undefined> {
  const written = await findSaga(tables, id);
  if (written?.fence !== fence || written.worker !== worker) return undefined;
  // An event that came as the saga was parked is one more revision.
  const isWoken = written.status === 'waiting' && written.revision === revision + 1;
  return written.revision === revision || isWoken ? written : undefined;
}

/** Which sagas to list. */
export interface SagaFilter {
  name?: string;
  status?: SagaStatus;
  /** Only those that changed at or after this time, milliseconds since the epoch. */
  updatedSince?: number;
  /** Only those before this one: the last id of the page before. */
  cursor?: string;
  /** At most 200; 50 where it is left out. */
  limit?: number;
}

export interface SagaPage {
  items: SagaRecord[];
  /** Where the next page begins; null at the end. */
  nextCursor: string | null;
}

const MAX_PAGE = 200;
const DEFAULT_PAGE = 50;

/** Sagas in descending order of their ids, page by page. */
export async function listSagas(tables: Tables, filter: SagaFilter = {}): Promise<SagaPage> {
  const { name, status, updatedSince, cursor } = filter;
  const limit = Math.min(Math.max(1, filter.limit ?? DEFAULT_PAGE), MAX_PAGE);
  const rows = await tables
    .selectFrom('sagas')
    .selectAll()
    .$if(name !== undefined, (query) => query.where('name', '=', name as string))
    .$if(status !== undefined, (query) => query.where('status', '=', status as SagaStatus))
    .$if(updatedSince !== undefined, (query) => query.where('updated_at', '>=', updatedSince as number))
    .$if(cursor !== undefined, (query) => query.where('id', '<', cursor as string))
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute();
  const items = rows.slice(0, limit).map(fromRow);
  return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
}
