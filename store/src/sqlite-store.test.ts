import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { waitUntil } from '../testing/index.ts';
import { note, numbers, openSqliteNotes } from '../testing/notes.ts';
import { StoreUnavailable } from './store-errors.ts';

describe('a transaction', () => {
  test('When it throws, Then what it wrote is undone and it rejects with its own error', async () => {
    await using store = await openSqliteNotes();

    const failing = store.transaction(async (tables) => {
      await note(1)(tables);
      throw new RangeError('changed my mind');
    });

    await expect(failing).rejects.toThrow(RangeError);
    expect(await store.ids()).toEqual([]);
    await store.transaction(note(2));
    expect(await store.ids()).toEqual([2]);
  });

  test('When its work throws before it awaits anything, Then it rejects', async () => {
    await using store = await openSqliteNotes();

    await expect(
      store.transaction(() => {
        throw new Error('at once');
      }),
    ).rejects.toThrow('at once');
  });

  test('When it returns a value, Then the caller gets it, and reads its own writes on the way', async () => {
    await using store = await openSqliteNotes();

    const text = await store.transaction(async (tables) => {
      await note(1)(tables);
      return (await tables.selectFrom('notes').select('text').executeTakeFirstOrThrow()).text;
    });

    expect(text).toBe('note 1');
  });

  test('When it is under way, Then no reader sees what it wrote', async () => {
    await using store = await openSqliteNotes();
    const proceed = Promise.withResolvers<void>();
    let written = false;
    const running = store.transaction(async (tables) => {
      await note(1)(tables);
      written = true;
      await proceed.promise;
    });
    await waitUntil('the row is written', () => written);

    expect(await store.ids()).toEqual([]);
    proceed.resolve();
    await running;
    expect(await store.ids()).toEqual([1]);
  });

  test('When a reader writes, Then it is refused', async () => {
    await using store = await openSqliteNotes();

    await expect(note(1)(store.read)).rejects.toThrow(/readonly/);
  });
});

test('When a store is open, Then it is durable: write-ahead log, synced at every commit, foreign keys on', async () => {
  await using store = await openSqliteNotes();
  const setting = async (name: string) => {
    const { rows } = await store.transaction((tables) =>
      sql.raw<Record<string, unknown>>(`pragma ${name}`).execute(tables),
    );
    return Object.values(rows[0] ?? {})[0];
  };

  expect([await setting('journal_mode'), await setting('synchronous'), await setting('foreign_keys')]).toEqual([
    'wal',
    2,
    1,
  ]);
});

test('When what was deleted or overwritten is scrubbed, Then no byte of it is in the files', async () => {
  await using store = await openSqliteNotes();
  const stored = () => [store.file, `${store.file}-wal`].map((file) => readFileSync(file, 'latin1')).join();
  await store.transaction(async (tables) => {
    for (let id = 0; id < 400; id += 1) await note(id, `Ada Lovelace ${'x'.repeat(id)}`)(tables);
  });
  expect(stored()).toContain('Ada Lovelace');

  await store.transaction(async (tables) => {
    await tables.updateTable('notes').set({ text: 'erased' }).where('id', '<', 200).execute();
    await tables.deleteFrom('notes').where('id', '>=', 200).execute();
  });
  await store.scrub();

  expect(stored()).not.toContain('Ada Lovelace');
});

test('When somebody reads what is to be scrubbed, Then it says that it is not done', async () => {
  await using store = await openSqliteNotes();
  using reader = new DatabaseSync(store.file, { readOnly: true });
  reader.exec('BEGIN; SELECT * FROM notes');
  await store.transaction(note(1));

  await expect(store.scrub()).rejects.toThrow(StoreUnavailable);
  reader.exec('COMMIT');
  await store.scrub();
});

test('When it is scrubbed in the middle of transactions, Then each of them is kept', async () => {
  await using store = await openSqliteNotes();

  const writing = numbers(50).map((id) => store.transaction(note(id)));
  await Promise.all([...writing, store.scrub(), store.scrub()]);

  expect(await store.ids()).toEqual(numbers(50));
});
