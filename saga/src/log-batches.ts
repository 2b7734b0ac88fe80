import { runSql } from 'durable-store';
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

/** Rows out of one parameter, so that the statement is the same however many there are. */
const rowsOf = (columns: readonly Column[]): string =>
  `json_to_recordset($1::json) as given(${columns.map((column) => `${column} ${TYPES[column]}`).join(', ')})`;

const INSERT = `insert into sagas (${COLUMNS.join(', ')}) select ${COLUMNS.join(', ')} from ${rowsOf(COLUMNS)}
  on conflict do nothing returning id`;
const UPDATE = `update sagas set ${CHANGING.map((column) => `${column} = given.${column}`).join(', ')}
  from ${rowsOf(['id', 'fence', ...CHANGING])}
  where sagas.id = given.id and sagas.fence = given.fence and sagas.revision = given.revision - 1
  returning sagas.id`;

/**
 * Inserts new sagas with one statement, on PostgreSQL.
 *
 * @returns the ids that were not taken
 */
export const insertSagas = (tables: Tables, records: readonly SagaRecord[]): Promise<Set<string>> =>
  write(tables, INSERT, records.map(toRow));

/**
 * Writes what runs have changed with one statement, on PostgreSQL.
 *
 * @param records of the revisions that follow those on disk
 * @returns the ids of those whose fencing token and revision were still those of the log; nothing is written of the others
 */
export const updateSagas = (tables: Tables, records: readonly SagaRecord[]): Promise<Set<string>> =>
  write(
    tables,
    UPDATE,
    records.map((record) => ({ id: record.id, fence: record.fence, ...changingOf(record) })),
  );

async function write(tables: Tables, statement: string, given: readonly object[]): Promise<Set<string>> {
  if (given.length === 0) return new Set();
  const { rows } = await runSql<{ id: string }>(tables, statement, [JSON.stringify(given)]);
  return new Set(rows.map(({ id }) => id));
}
