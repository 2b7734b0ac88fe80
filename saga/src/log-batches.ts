import { givenRows, prepareSql, runSql } from 'durable-store';
import { CHANGING, LASTING } from './log.ts';
import type { SagaRecord } from './record.ts';
import { changingOf, toRow } from './saga-row.ts';
import type { SagaRow, Tables } from './tables.ts';

const COLUMNS = [...LASTING, ...CHANGING];

type Given = [rows: string, count: number];

const insert = prepareSql<Pick<SagaRow, 'id'>>(
  `insert into sagas (${COLUMNS.join(', ')}) select ${COLUMNS.join(', ')} from ${givenRows('sagas')}
  on conflict do nothing returning id`,
);
// Without a name: the plan that the server keeps of it would read the whole table.
const UPDATE = `update sagas set ${CHANGING.map((column) => `${column} = given.${column}`).join(', ')}
  from ${givenRows('sagas')}
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
