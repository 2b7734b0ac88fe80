import { type Kysely, sql } from 'kysely';
import { expect, test } from 'vitest';
import { notesMigrations as migrations, type NotesTables, note, notesIn, numbers, textsIn } from '../testing/notes.ts';
import { postgresForFile } from '../testing/postgres-for-file.ts';
import { openStore } from './open-store.ts';
import type { Store } from './store.ts';

type Tables = Kysely<NotesTables>;

const { newDatabase } = postgresForFile();
const open = (url: string) => openStore<NotesTables>(url, { migrations });

/** The number of the transaction that a query is in. */
async function transactionOf(tables: Tables): Promise<string> {
  const { rows } = await sql<{ id: string }>`select pg_current_xact_id()::text as id`.execute(tables);
  return (rows[0] as { id: string }).id;
}

/** Writes a note for each number, all at once; what the seventh does is up to the test. */
function writeNotes(store: Store<NotesTables>, seventh = note(7)) {
  return numbers(20).map((id) =>
    store.transaction(
      async (tables) => {
        await (id === 7 ? seventh : note(id))(tables);
        return { id, transaction: await transactionOf(tables) };
      },
      { subject: `note ${id}`, sharedLocks: [] },
    ),
  );
}

const allButSeven = numbers(20).filter((id) => id !== 7);

test('When work of many subjects comes at once, Then it shares transactions, and each gets its own result', async () => {
  const store = await open(await newDatabase());

  const results = await Promise.all(writeNotes(store));

  expect(results.map(({ id }) => id)).toEqual(numbers(20));
  expect(new Set(results.map(({ transaction }) => transaction)).size).toBeLessThan(5);
  expect(await textsIn(store.read)).toEqual(numbers(20).map((id) => `note ${id}`));
  await store.close();
});

test('When some of it throws, Then that alone is rejected, and of what it had written nothing is kept', async () => {
  const store = await open(await newDatabase());
  const failure = new RangeError('no');
  const seventh = async (tables: Tables) => {
    await note(107)(tables);
    throw failure;
  };

  const results = await Promise.allSettled(writeNotes(store, seventh));

  expect(results[6]).toEqual({ status: 'rejected', reason: failure });
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(19);
  expect((await notesIn(store.read)).map(({ id }) => id)).toEqual(allButSeven);
  await store.close();
});

test('When some of it throws before it asks anything, Then the others are kept', async () => {
  const store = await open(await newDatabase());
  const atOnce = () => {
    throw new RangeError('no');
  };

  const results = await Promise.allSettled(
    numbers(6).map((id) => store.transaction(id === 3 ? atOnce : note(id), { subject: `note ${id}`, sharedLocks: [] })),
  );

  expect(results.flatMap(({ status }, index) => (status === 'rejected' ? [index + 1] : []))).toEqual([3]);
  expect((await notesIn(store.read)).map(({ id }) => id)).toEqual([1, 2, 4, 5, 6]);
  await store.close();
});

test('When a statement of it fails, Then that alone is rejected', async () => {
  const store = await open(await newDatabase());

  // The note is there already, or will be.
  const results = await Promise.allSettled(writeNotes(store, note(6, 'again')));

  expect(results.flatMap(({ status }, index) => (status === 'rejected' ? [index + 1] : []))).toHaveLength(1);
  expect((await notesIn(store.read)).map(({ id }) => id)).toEqual(allButSeven);
  await store.close();
});

test('When work has the same subject, Then it is in one transaction after the other', async () => {
  const store = await open(await newDatabase());
  let inside = 0;
  const work = async (tables: Tables) => {
    inside += 1;
    expect(inside).toBe(1);
    const transaction = await transactionOf(tables);
    inside -= 1;
    return transaction;
  };

  const options = { subject: 'one', sharedLocks: [] };
  const transactions = await Promise.all(numbers(6).map(() => store.transaction(work, options)));

  expect(new Set(transactions).size).toBe(6);
  await store.close();
});

test('When two processes lock the same rows in their work, Then it does so in one order and none waits for the other', async () => {
  const url = await newDatabase();
  const [one, other] = await Promise.all([open(url), open(url)]);
  await one.transaction(async (tables) => {
    for (const id of numbers(8)) await note(id, '')(tables);
  });
  const append = (store: Store<NotesTables>, id: number, by: string) =>
    store.transaction(
      (tables) =>
        tables
          .updateTable('notes')
          .set(({ eb }) => ({ text: eb('text', '||', 'x') }))
          .where('id', '=', id)
          .execute(),
      { subject: `${by} ${id}`, sharedLocks: [String(id)] },
    );

  for (let round = 0; round < 25; round += 1) {
    await Promise.all(
      numbers(8).flatMap((id) => [append(one, id, `one ${round}`), append(other, 9 - id, `other ${round}`)]),
    );
  }

  expect(await textsIn(one.read)).toEqual(numbers(8).map(() => 'x'.repeat(50)));
  const { rows } = await sql<{ n: number }>`
    select deadlocks as n from pg_stat_database where datname = current_database()`.execute(one.read);
  expect(rows[0]?.n).toBe(0);
  await Promise.all([one.close(), other.close()]);
});
