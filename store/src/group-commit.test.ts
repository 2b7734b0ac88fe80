import { stat } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { type Kysely, sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { type NotesTables, note, numbers, openSqliteNotes } from '../testing/notes.ts';

type Work = (tables: Kysely<NotesTables>) => Promise<unknown>;

describe('many transactions at once', () => {
  test('When 600 arrive together, Then each is in the file once its promise is resolved', async () => {
    await using store = await openSqliteNotes();
    const observer = new DatabaseSync(store.file, { readOnly: true });
    const select = observer.prepare('select count(*) as found from notes where id = ?');

    const found = await Promise.all(
      numbers(600).map(async (id) => {
        await store.transaction(note(id));
        return select.get(id)?.found;
      }),
    );

    expect(found).toEqual(numbers(600).map(() => 1));
    observer.close();
  });

  test('When 100 arrive together, Then they share commits instead of syncing one by one', async () => {
    await using store = await openSqliteNotes();
    let commits = 0;
    const observer = new DatabaseSync(store.file, { readOnly: true });
    // The data version changes with every commit that another connection makes.
    const version = () => observer.prepare('pragma data_version').get()?.data_version;
    let last = version();

    await Promise.all(
      numbers(100).map((id) =>
        store.transaction(note(id)).then(() => {
          if (version() !== last) commits += 1;
          last = version();
        }),
      ),
    );

    expect(commits).toBeLessThanOrEqual(3);
    observer.close();
  });

  test('When 32 callers each wait for something else in between, Then they come to share their commits', async () => {
    await using store = await openSqliteNotes();
    const observer = new DatabaseSync(store.file, { readOnly: true });
    const versions = new Set<unknown>();

    await Promise.all(
      numbers(32).map(async (caller) => {
        for (const round of numbers(20)) {
          await stat(store.file);
          await store.transaction(note(caller * 100 + round));
          versions.add(observer.prepare('pragma data_version').get()?.data_version);
        }
      }),
    );

    expect(await store.ids()).toHaveLength(640);
    expect(versions.size).toBeLessThanOrEqual(80);
    observer.close();
  });

  test('When some of a batch fail, Then they alone are undone, each with its own error', async () => {
    await using store = await openSqliteNotes();

    const outcomes = await Promise.allSettled(
      numbers(30).map((id) =>
        store.transaction(async (tables) => {
          await note(id)(tables);
          if (id % 3 === 0) throw new Error(`no ${id}`);
          if (id % 5 === 0) await note(id)(tables);
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

  test('When none fails, Then each runs once; where one does, Then the others run again and are kept once', async () => {
    await using store = await openSqliteNotes();
    const runs = new Map<number, number>();
    const write = (id: number, failing = false) =>
      store.transaction(async (tables) => {
        runs.set(id, (runs.get(id) ?? 0) + 1);
        await note(id)(tables);
        if (failing) throw new Error(`no ${id}`);
      });

    await Promise.all(numbers(20).map((id) => write(id)));
    expect([...runs.values()]).toEqual(numbers(20).map(() => 1));

    const outcomes = await Promise.allSettled([21, 22, 23].map((id) => write(id, id === 23)));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect([21, 22, 23].map((id) => runs.get(id))).toEqual([2, 2, 2]);
    expect(await store.ids()).toEqual(numbers(22));
  });

  test('When the whole batch is rolled back and the work goes on regardless, Then nothing of it is kept', async () => {
    await using store = await openSqliteNotes();
    await store.transaction(note(2));
    const regardless = async (tables: Kysely<NotesTables>) => {
      await sql`insert or rollback into notes (id, text) values (2, 'again')`.execute(tables).catch(() => {});
    };

    const outcomes = await Promise.allSettled(
      [note(1), regardless, note(3), note(4)].map((work: Work) => store.transaction(work)),
    );

    expect(outcomes.map(({ status }) => status)).toEqual(numbers(4).map(() => 'rejected'));
    expect(await store.ids()).toEqual([2]);
  });

  test('When the store is closed right after, Then what was waiting is written first', async () => {
    const store = await openSqliteNotes();
    const written = Promise.all(numbers(20).map((id) => store.transaction(note(id))));

    await store.close();
    await written;

    const reopened = new DatabaseSync(store.file, { readOnly: true });
    expect(reopened.prepare('select count(*) as found from notes').get()).toEqual({ found: 20 });
    reopened.close();
  });

  test('When a transaction comes after the close, Then it is refused and does not hang', async () => {
    const store = await openSqliteNotes();
    await store.close();

    await expect(store.transaction(note(1))).rejects.toMatchObject({ code: 'store_unavailable' });
  });
});
