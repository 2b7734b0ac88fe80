import { expect, test } from 'vitest';
import { waitUntil } from '../testing/index.ts';
import { notesMigrations as migrations, type NotesTables, note, notesIn } from '../testing/notes.ts';
import { openStore } from './open-store.ts';

async function openNotes() {
  const store = await openStore<NotesTables>('memory:', { migrations });
  return {
    ...store,
    ids: async () => (await notesIn(store.read)).map(({ id }) => id),
    [Symbol.asyncDispose]: store.close,
  };
}

/** A transaction that has written and does not end before it is told to. */
async function openTransaction(store: Awaited<ReturnType<typeof openNotes>>, id: number) {
  const proceed = Promise.withResolvers<void>();
  let written = false;
  const ended = store.transaction(async (tables) => {
    await note(id)(tables);
    written = true;
    await proceed.promise;
  });
  await waitUntil('the row is written', () => written);
  return { ended, proceed: proceed.resolve, fail: proceed.reject };
}

test('When a transaction is open, Then a read waits for it and sees what it committed', async () => {
  await using store = await openNotes();
  const open = await openTransaction(store, 1);

  const reading = store.ids();
  open.proceed();

  expect(await reading).toEqual([1]);
  await open.ended;
});

test('When the open transaction fails, Then a read that waits sees nothing of it', async () => {
  await using store = await openNotes();
  const open = await openTransaction(store, 1);

  const reading = store.ids();
  open.fail(new Error('no'));

  await expect(open.ended).rejects.toThrow('no');
  expect(await reading).toEqual([]);
});

test('When 300 transactions and reads come together, Then every read sees whole commits and all rows are kept', async () => {
  await using store = await openNotes();
  const seen: number[][] = [];

  await Promise.all(
    Array.from({ length: 300 }, async (_, at) => {
      await store.transaction(async (tables) => {
        await note(2 * at)(tables);
        await note(2 * at + 1)(tables);
      });
      seen.push(await store.ids());
    }),
  );

  expect(seen.filter((ids) => ids.length % 2 === 1)).toEqual([]);
  expect(await store.ids()).toHaveLength(600);
});

test('When one of several transactions fails, Then it alone is rolled back', async () => {
  await using store = await openNotes();

  const outcomes = await Promise.allSettled([1, 2, 2, 3].map((id) => store.transaction(note(id))));

  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  expect(await store.ids()).toEqual([1, 2, 3]);
});

test('When a reader begins a transaction of its own, Then it sees one state, and writes proceed afterwards', async () => {
  await using store = await openNotes();
  await store.transaction(note(1));
  let writing: Promise<unknown> = Promise.resolve();

  const counts = await store.read.transaction().execute(async (reading) => {
    const count = async () => (await reading.selectFrom('notes').selectAll().execute()).length;
    const before = await count();
    writing = store.transaction(note(2));
    return [before, await count()];
  });
  await writing;

  expect(counts).toEqual([1, 1]);
  expect(await store.ids()).toEqual([1, 2]);
});

test('When a reader writes, Then it is refused', async () => {
  await using store = await openNotes();

  await expect(note(1)(store.read)).rejects.toThrow(/readonly/);

  await store.transaction(note(2));
  expect(await store.ids()).toEqual([2]);
});

test('When a transaction awaits a read, Then it is rejected after some seconds, and others proceed', async () => {
  await using store = await openNotes();

  const waiting = store.transaction(() => store.ids());

  await expect(waiting).rejects.toMatchObject({ code: 'store_unavailable' });
  await store.transaction(note(1));
  expect(await store.ids()).toEqual([1]);
}, 20_000);

test('When it is closed, Then what was waiting is committed first, what comes later is refused, and nothing is kept', async () => {
  const store = await openNotes();
  const written = store.transaction(note(1));

  await store.close();
  await written;

  await expect(store.transaction(note(2))).rejects.toMatchObject({ code: 'store_unavailable' });
  await expect(store.ids()).rejects.toThrow(/not open/);
  await using another = await openNotes();
  expect(await another.ids()).toEqual([]);
});
