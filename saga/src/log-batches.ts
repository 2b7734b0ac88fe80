import { type RawBuilder, sql } from 'kysely';
import type { SagaRecord } from './record.ts';
import { changingOf, toRow } from './saga-row.ts';
import type { SagaRow, Tables } from './tables.ts';

const TYPES: { [Column in keyof SagaRow]: 'text' | 'integer' | 'bigint' } = {
  id: 'text',
  name: 'text',
  version: 'integer',
  status: 'text',
  goal: 'text',
  input: 'text',
  steps: 'text',
  result: 'text',
  failure: 'text',
  stalls: 'integer',
  reason: 'text',
  progress_at: 'bigint',
  due_at: 'bigint',
  wake_at: 'bigint',
  worker: 'text',
  fence: 'integer',
  revision: 'integer',
  trace: 'text',
  parent: 'text',
  history: 'text',
  created_at: 'bigint',
  updated_at: 'bigint',
};

type Column = keyof SagaRow;

const LASTING = new Set<Column>([
  'id',
  'name',
  'version',
  'input',
  'fence',
  'trace',
  'parent',
  'history',
  'created_at',
]);
const COLUMNS = Object.keys(TYPES) as Column[];
const CHANGING = COLUMNS.filter((column) => !LASTING.has(column));

const list = (parts: RawBuilder<unknown>[]) => sql.join(parts, sql`, `);
const names = (columns: readonly Column[]) => list(columns.map((column) => sql.ref(column)));

/** Rows out of one parameter, so that the statement is the same however many there are. */
const rowsOf = (rows: readonly object[], columns: readonly Column[]) =>
  sql`json_to_recordset(${JSON.stringify(rows)}::json) as given(${list(columns.map((column) => sql`${sql.ref(column)} ${sql.raw(TYPES[column])}`))})`;

/**
 * Inserts new sagas with one statement, on PostgreSQL.
 *
 * @returns the ids that were not taken
 */
export async function insertSagas(tables: Tables, records: readonly SagaRecord[]): Promise<Set<string>> {
  if (records.length === 0) return new Set();
  const { rows } = await sql<{ id: string }>`
    insert into sagas (${names(COLUMNS)})
    select ${names(COLUMNS)} from ${rowsOf(records.map(toRow), COLUMNS)}
    on conflict do nothing returning id`.execute(tables);
  return new Set(rows.map(({ id }) => id));
}

/**
 * Writes what runs have changed with one statement, on PostgreSQL.
 *
 * @param records of the revisions that follow those on disk
 * @returns the ids of those whose fencing token and revision were still those of the log; nothing is written of the others
 */
export async function updateSagas(tables: Tables, records: readonly SagaRecord[]): Promise<Set<string>> {
  if (records.length === 0) return new Set();
  const changes = records.map((record) => ({ id: record.id, fence: record.fence, ...changingOf(record) }));
  const set = list(CHANGING.map((column) => sql`${sql.ref(column)} = ${sql.ref(`given.${column}`)}`));
  const { rows } = await sql<{ id: string }>`
    update sagas set ${set} from ${rowsOf(changes, ['id', 'fence', ...CHANGING])}
    where sagas.id = given.id and sagas.fence = given.fence and sagas.revision = given.revision - 1
    returning sagas.id`.execute(tables);
  return new Set(rows.map(({ id }) => id));
}
