import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { waitUntil } from '../testing/index.ts';
import { note, openSqliteNotes } from '../testing/notes.ts';

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
