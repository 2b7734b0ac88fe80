import { type Kysely, sql } from 'kysely';
import { expect, test } from 'vitest';
import { notesMigrations as migrations, type NotesTables, numbers } from '../testing/notes.ts';
import { postgresForFile } from '../testing/postgres-for-file.ts';
import { openStore } from './open-store.ts';
import { prepareQuery, runSql, valuesOf } from './prepared-query.ts';

type Tables = Kysely<NotesTables>;
type Note = NotesTables['notes'];

const { newDatabase } = postgresForFile();

/** A query of a module that has run nowhere yet. */
const prepareInsert = () =>
  prepareQuery<NotesTables, Note, Note>((tables, value) =>
    tables
      .insertInto('notes')
      .values(valuesOf(value, ['id', 'text']))
      .returningAll(),
  );
const prepareFind = () =>
  prepareQuery<NotesTables, Pick<Note, 'id'>, Note>((tables, value) =>
    tables.selectFrom('notes').selectAll().where('id', '=', value('id')),
  );

/** @param poolSize of which one connection asks whether the server responds */
const open = async (poolSize?: number) => {
  const url = await newDatabase();
  return { url, store: await openStore<NotesTables>(url, { migrations, poolSize }) };
};

const preparedOn = async (tables: Tables) => {
  const { rows } = await sql<{ runs: number }>`
    select generic_plans + custom_plans as runs from pg_prepared_statements where not from_sql`.execute(tables);
  return rows.map(({ runs }) => runs);
};

const connectionOf = async (tables: Tables) => {
  const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tables);
  return rows[0]?.pid;
};

test('When a prepared query runs in transactions, Then the server prepares it once for each connection', async () => {
  const { store } = await open(2);
  const [insert, find] = [prepareInsert(), prepareFind()];

  for (const id of numbers(3)) {
    await store.transaction(async (tables) => {
      await insert(tables, { id, text: 'kept' });
      expect((await find(tables, { id })).rows).toEqual([{ id, text: 'kept' }]);
    });
  }

  expect(await store.transaction(preparedOn)).toEqual([3, 3]);
  await store.close();
});

test('When another process changes what a prepared query returns, Then its next transaction returns that', async () => {
  const { store } = await open();
  const [insert, find] = [prepareInsert(), prepareFind()];
  const write = (id: number) =>
    store.transaction(
      async (tables) => {
        const written = await insert(tables, { id, text: `note ${id}` });
        return { written: written.rows, found: (await find(tables, { id })).rows };
      },
      { subject: `note ${id}`, sharedLocks: [] },
    );
  await Promise.all(numbers(40).map(write));

  await sql`alter table notes add column author text default 'nobody'`.execute(store.read);

  const row = { id: 41, text: 'note 41', author: 'nobody' };
  expect(await write(41)).toEqual({ written: [row], found: [row] });
  const rest = await Promise.all(numbers(40).map((number) => write(41 + number)));
  expect(rest.map(({ found }) => found[0])).toEqual(
    numbers(40).map((number) => ({ id: 41 + number, text: `note ${41 + number}`, author: 'nobody' })),
  );
  await store.close();
});

test('When connections do not keep what was prepared on them, Then each transaction is whole all the same', async () => {
  const { store } = await open(2);
  const insert = prepareInsert();
  const write = (id: number) => store.transaction((tables) => insert(tables, { id, text: `note ${id}` }));
  await write(1);

  // As a pooler does that gives each transaction another connection.
  await store.transaction(async (tables) => void (await sql`deallocate all`.execute(tables)));
  await write(2);
  await write(3);

  expect(await store.transaction(preparedOn)).toEqual([]);
  expect(await store.read.selectFrom('notes').select('id').orderBy('id').execute()).toEqual(
    numbers(3).map((id) => ({ id })),
  );
  await store.close();
});

test('When a statement fails before those sent with it are prepared, Then that work alone is rejected, and the connection stays', async () => {
  const { store } = await open(2);
  await store.transaction((tables) => tables.insertInto('notes').values({ id: 7, text: 'there' }).execute());
  const connection = await store.transaction(connectionOf);
  const insert = prepareInsert();

  const again = (tables: Tables) => runSql(tables, 'insert into notes (id) values (7)', []);
  const results = await Promise.allSettled(
    [again, ...numbers(6).map((id) => (tables: Tables) => insert(tables, { id, text: `note ${id}` }))].map(
      (work, index) => store.transaction<unknown>(work, { subject: `note ${index}`, sharedLocks: [] }),
    ),
  );

  expect(results.map(({ status }) => status)).toEqual(['rejected', ...numbers(6).map(() => 'fulfilled')]);
  expect(results[0]).toMatchObject({ reason: { code: '23505' } });
  expect(await store.transaction(connectionOf)).toBe(connection);
  expect(await store.transaction(preparedOn)).toHaveLength(1);
  await store.close();
});
