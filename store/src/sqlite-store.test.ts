import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Kysely, sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { temporaryFolder, waitUntil } from '../testing/index.ts';
import { openSqliteStore } from './sqlite-store.ts';

interface Tables {
  notes: { id: number; text: string };
}

async function openNotes() {
  const folder = temporaryFolder();
  const file = join(folder.path, 'notes.db');
  const store = openSqliteStore<Tables>(file);
  await store.transaction((tables) => sql`create table notes (id integer primary key, text text)`.execute(tables));
  const note = (id: number) => (tables: Kysely<Tables>) =>
    tables
      .insertInto('notes')
      .values({ id, text: `note ${id}` })
      .execute();
  const ids = async () =>
    (await store.read.selectFrom('notes').select('id').orderBy('id').execute()).map(({ id }) => id);
  return {
    ...store,
    file,
    note,
    ids,
    async [Symbol.asyncDispose]() {
      await store.close();
      folder[Symbol.dispose]();
    },
  };
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe('a transaction', () => {
  test('When it throws, Then what it wrote is undone and its own error comes out', async () => {
    await using store = await openNotes();

    const failing = store.transaction(async (tables) => {
      await store.note(1)(tables);
      throw new RangeError('changed my mind');
    });

    await expect(failing).rejects.toThrow(RangeError);
    expect(await store.ids()).toEqual([]);
    await store.transaction(store.note(2));
    expect(await store.ids()).toEqual([2]);
  });

  test('When its work throws before it awaits anything, Then it rejects', async () => {
    await using store = await openNotes();

    await expect(
      store.transaction(() => {
        throw new Error('at once');
      }),
    ).rejects.toThrow('at once');
  });

  test('When it returns a value, Then the caller gets it, and reads its own writes on the way', async () => {
    await using store = await openNotes();

    const text = await store.transaction(async (tables) => {
      await store.note(1)(tables);
      return (await tables.selectFrom('notes').select('text').executeTakeFirstOrThrow()).text;
    });

    expect(text).toBe('note 1');
  });

  test('When it is under way, Then nobody else sees what it wrote', async () => {
    await using store = await openNotes();
    const goOn = Promise.withResolvers<void>();
    let written = false;
    const running = store.transaction(async (tables) => {
      await store.note(1)(tables);
      written = true;
      await goOn.promise;
    });
    await waitUntil('the row is written', () => written);

    expect(await store.ids()).toEqual([]);
    goOn.resolve();
    await running;
    expect(await store.ids()).toEqual([1]);
  });

  test('When it only reads through the reader, Then the reader cannot write', async () => {
    await using store = await openNotes();

    await expect(store.note(1)(store.read)).rejects.toThrow(/readonly/);
  });
});

test('When a store is open, Then it is durable: write-ahead log, synced at every commit, foreign keys on', async () => {
  await using store = await openNotes();
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

describe('many transactions at once', () => {
  test('When 600 arrive together, Then each is in the file once its caller is answered', async () => {
    await using store = await openNotes();
    const onlooker = new DatabaseSync(store.file, { readOnly: true });
    const select = onlooker.prepare('select count(*) as found from notes where id = ?');

    const found = await Promise.all(
      numbers(600).map(async (id) => {
        await store.transaction(store.note(id));
        return select.get(id)?.found;
      }),
    );

    expect(found).toEqual(numbers(600).map(() => 1));
    onlooker.close();
  });

  test('When 100 arrive together, Then they share commits instead of syncing one by one', async () => {
    await using store = await openNotes();
    let commits = 0;
    const onlooker = new DatabaseSync(store.file, { readOnly: true });
    // The data version changes with every commit that another connection makes.
    const version = () => onlooker.prepare('pragma data_version').get()?.data_version;
    let last = version();

    await Promise.all(
      numbers(100).map((id) =>
        store.transaction(store.note(id)).then(() => {
          if (version() !== last) commits += 1;
          last = version();
        }),
      ),
    );

    expect(commits).toBeLessThanOrEqual(3);
    onlooker.close();
  });

  test('When 32 callers each wait for something else in between, Then they come to share their commits', async () => {
    await using store = await openNotes();
    const onlooker = new DatabaseSync(store.file, { readOnly: true });
    const versions = new Set<unknown>();

    await Promise.all(
      numbers(32).map(async (caller) => {
        for (const round of numbers(20)) {
          await stat(store.file);
          await store.transaction(store.note(caller * 100 + round));
          versions.add(onlooker.prepare('pragma data_version').get()?.data_version);
        }
      }),
    );

    expect(await store.ids()).toHaveLength(640);
    expect(versions.size).toBeLessThanOrEqual(80);
    onlooker.close();
  });

  test('When some of a batch fail, Then they alone are undone, each with its own error', async () => {
    await using store = await openNotes();

    const outcomes = await Promise.allSettled(
      numbers(30).map((id) =>
        store.transaction(async (tables) => {
          await store.note(id)(tables);
          if (id % 3 === 0) throw new Error(`no ${id}`);
          if (id % 5 === 0) await store.note(id)(tables);
          return id;
        }),
      ),
    );

    const kept = numbers(30).filter((id) => id % 3 !== 0 && id % 5 !== 0);
    expect(await store.ids()).toEqual(kept);
    expect(outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))).toEqual(kept);
    expect(outcomes[2]).toMatchObject({ reason: { message: 'no 3' } });
    expect(outcomes[4]).toMatchObject({ reason: { message: expect.stringContaining('UNIQUE') } });
  });

  test('When the store is closed right after, Then what was waiting is written first', async () => {
    const store = await openNotes();
    const written = Promise.all(numbers(20).map((id) => store.transaction(store.note(id))));

    await store.close();
    await written;

    const reopened = new DatabaseSync(store.file, { readOnly: true });
    expect(reopened.prepare('select count(*) as found from notes').get()).toEqual({ found: 20 });
    reopened.close();
  });

  test('When a transaction comes after the close, Then it is refused and does not hang', async () => {
    const store = await openNotes();
    await store.close();

    await expect(store.transaction(store.note(1))).rejects.toMatchObject({ code: 'store_unavailable' });
  });
});
