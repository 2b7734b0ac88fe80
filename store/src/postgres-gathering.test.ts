import { type Kysely, sql } from 'kysely';
import { expect, test } from 'vitest';
import { changeMark, findMark, insertMark, type MarkTables, markMigrations, markOf } from '../testing/marks.ts';
import { numbers } from '../testing/notes.ts';
import { postgresForFile } from '../testing/postgres-for-file.ts';
import { preparedPlans } from '../testing/prepared-plans.ts';
import { openStore } from './open-store.ts';
import type { Store } from './store.ts';

type Tables = Kysely<MarkTables>;

const { newDatabase } = postgresForFile();
const open = async () => openStore<MarkTables>(await newDatabase(), { migrations: markMigrations });

/** Work of each pupil, all at once, so that it shares transactions. */
const forEach = <Result>(
  store: Store<MarkTables>,
  work: (tables: Tables, pupil: string, number: number) => Promise<Result>,
) =>
  numbers(20).map((number) => {
    const pupil = `pupil ${number}`;
    return store.transaction((tables) => work(tables, pupil, number), { subject: pupil, sharedLocks: [] });
  });

/** How many statements have written the rows that are there. */
async function countStatements(store: Store<MarkTables>): Promise<number> {
  const { rows } = await sql<{ statements: number }>`
    select count(distinct (xmin::text, cmin::text)) as statements from marks`.execute(store.read);
  return Number(rows[0]?.statements);
}

test('When work that shares a transaction asks for the same, Then one statement does it for all of it', async () => {
  const store = await open();

  await Promise.all(forEach(store, (tables, pupil) => insertMark(tables, markOf(pupil))));
  const inserts = await countStatements(store);
  const found = await Promise.all(
    forEach(store, async (tables, pupil, number) => {
      const [row] = await findMark(tables, { pupil, subject: 'music' });
      await changeMark(tables, { pupil, subject: 'music', mark: number });
      return row?.pupil;
    }),
  );

  expect([inserts, await countStatements(store)].map((count) => count <= 2)).toEqual([true, true]);
  expect(found).toEqual(numbers(20).map((number) => `pupil ${number}`));
  expect(await store.read.selectFrom('marks').select(['pupil', 'mark']).orderBy('mark').execute()).toEqual(
    numbers(20).map((number) => ({ pupil: `pupil ${number}`, mark: number })),
  );
  await store.close();
});

test('When a row that one asks for cannot be written, Then that work alone is rejected', async () => {
  const store = await open();

  const results = await Promise.allSettled(
    forEach(store, (tables, pupil, number) => insertMark(tables, markOf(number === 7 ? '\0' : pupil))),
  );

  expect(results.flatMap(({ status }, index) => (status === 'rejected' ? [index + 1] : []))).toEqual([7]);
  expect(await store.read.selectFrom('marks').select('pupil').execute()).toHaveLength(19);
  await store.close();
});

test('When work does not wait for what it asks, Then that is part of its transaction all the same', async () => {
  const store = await open();
  const failure = new RangeError('no');

  await store.transaction(async (tables) => {
    await insertMark(tables, markOf('waited for'));
    insertMark(tables, markOf('kept')).catch(() => {});
  });
  const failing = store.transaction(async (tables) => {
    await insertMark(tables, markOf('waited for, and rolled back'));
    insertMark(tables, markOf('rolled back')).catch(() => {});
    throw failure;
  });

  await expect(failing).rejects.toBe(failure);
  const { rows } = await sql`
    select array_agg(pupil order by pupil desc) as pupils from marks group by xmin::text`.execute(store.read);
  expect(rows).toEqual([{ pupils: ['waited for', 'kept'] }]);
  await store.close();
});

test('When statements for many rows are planned once for all values, Then each finds its rows by an index', async () => {
  const store = await open();
  await Promise.all(forEach(store, (tables, pupil) => insertMark(tables, markOf(pupil))));
  await Promise.all(
    forEach(store, async (tables, pupil) => {
      await findMark(tables, { pupil, subject: 'music' });
      await changeMark(tables, { pupil, subject: 'music', mark: 2 });
    }),
  );

  expect(await preparedPlans(store)).toEqual({
    'insert into marks (pupil': [],
    'select found.* from (select': [],
  });
  await store.close();
});
