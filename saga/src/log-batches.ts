import { prepareSql, runSql } from 'durable-store';
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

/**
 * Rows out of one parameter, so that the statement is the same however many there are. The second one says how many: the server
 * takes it for a hundred otherwise, and reads a whole table for them.
 */
const rowsOf = (columns: readonly Column[]): string =>
  `(select * from json_to_recordset($1::json) as row(${columns.map((column) => `${column} ${TYPES[column]}`).join(', ')})
  limit $2) as given`;

type Given = [rows: string, count: number];

const insert = prepareSql<Pick<SagaRow, 'id'>>(
  `insert into sagas (${COLUMNS.join(', ')}) select ${COLUMNS.join(', ')} from ${rowsOf(COLUMNS)}
  on conflict do nothing returning id`,
);
// Without a name: the plan that the server keeps of it would read the whole table.
const UPDATE = `update sagas set ${CHANGING.map((column) => `${column} = given.${column}`).join(', ')}
  from ${rowsOf(['id', 'fence', ...CHANGING])}
  where sagas.id = given.id and sagas.fence = given.fence and sagas.revision = given.revision - 1
  returning sagas.id`;
const update = (tables: Tables, given: Given) => runSql<Pick<SagaRow, 'id'>>(tables, UPDATE, given);

/**
 * Inserts new sagas with one statement, on PostgreSQL.
 *
 * @returns the ids that were not taken
 */
export const insertSagas = (tables: Tables, records: readonly SagaRecord[]): Promise<Set<string>> =>
  write(tables, insert, records.map(toRow));

/**
 * Writes what runs have changed with one statement, on PostgreSQL.
 *
 * @param records of the revisions that follow those on disk
 * @returns the ids of those whose fencing token and revision were still those of the log; nothing is written of the others
 */
export const updateSagas = (tables: Tables, records: readonly SagaRecord[]): Promise<Set<string>> =>
  write(
    tables,
    update,
    records.map((record) => ({ id: record.id, fence: record.fence, ...changingOf(record) })),
  );

async function write(tables: Tables, run: typeof update, rows: readonly object[]): Promise<Set<string>> {
  if (rows.length === 0) return new Set();
  const written = await run(tables, [JSON.stringify(rows), rows.length]);
  return new Set(written.rows.map(({ id }) => id));
}
