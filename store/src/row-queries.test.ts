import type { Kysely } from 'kysely';
import { expect, test } from 'vitest';
import { storeUrl, temporaryFolder } from '../testing/index.ts';
import {
  changeMark,
  findMark,
  findSubjects,
  insertMark,
  insertMarkReturning,
  type Mark,
  type MarkTables,
  markMigrations,
  markOf,
} from '../testing/marks.ts';
import { openStore } from './open-store.ts';

async function openMarks() {
  const folder = temporaryFolder();
  const store = await openStore<MarkTables>(await storeUrl(folder.path, 'marks'), { migrations: markMigrations });
  return {
    ...store,
    marks: () => store.read.selectFrom('marks').selectAll().orderBy('pupil').orderBy('subject').execute(),
    async [Symbol.asyncDispose]() {
      await store.close();
      folder[Symbol.dispose]();
    },
  };
}

/** Work for one transaction: each does its own, at once or one after the other. */
const together =
  <Result>(each: (tables: Kysely<MarkTables>, pupil: string) => Promise<Result>) =>
  (tables: Kysely<MarkTables>) =>
    Promise.all(['a', 'b', 'c', 'd'].map((pupil) => each(tables, pupil)));
const inTurn =
  <Result>(each: (tables: Kysely<MarkTables>, pupil: string) => Promise<Result>) =>
  async (tables: Kysely<MarkTables>) => {
    const results: Result[] = [];
    for (const pupil of ['a', 'b', 'c', 'd']) results.push(await each(tables, pupil));
    return results;
  };

const WAYS = [
  ['at once', together],
  ['one after the other', inTurn],
] as const;

test.each(WAYS)(
  'When rows are inserted %s, Then each is told whether it was, and what is there stays',
  async (_, all) => {
    await using store = await openMarks();
    const earlier = markOf('c', { mark: 6 });
    await store.transaction((tables) => insertMark(tables, earlier));

    const inserted = await store.transaction(
      all((tables, pupil) => insertMarkReturning(tables, markOf(pupil, { mark: pupil === 'b' ? null : 2 }))),
    );

    const rows: Mark[] = [markOf('a', { mark: 2 }), markOf('b', { mark: null }), earlier, markOf('d', { mark: 2 })];
    expect(inserted.map((returned) => returned?.mark)).toEqual([2, null, undefined, 2]);
    expect(await store.marks()).toEqual(rows);
  },
);

test.each(WAYS)(
  'When rows are inserted %s and nothing of them is returned, Then each is told whether it was',
  async (_, all) => {
    await using store = await openMarks();
    await store.transaction((tables) => insertMark(tables, markOf('c')));

    const inserted = await store.transaction(all((tables, pupil) => insertMark(tables, markOf(pupil))));

    expect(inserted.map((row) => row !== undefined)).toEqual([true, true, false, true]);
  },
);

test.each(WAYS)(
  'When rows are looked for %s, Then each gets its own, and only those that are as they must be',
  async (_, all) => {
    await using store = await openMarks();
    const rows = [
      markOf('a'),
      markOf('a', { subject: 'sport' }),
      markOf('b', { state: 'closed' }),
      markOf('b', { subject: 'sport' }),
      markOf('d', { state: 'closed' }),
    ];
    await store.transaction((tables) => tables.insertInto('marks').values(rows).execute());

    const open = await store.transaction(all((tables, pupil) => findSubjects(tables, { pupil })));
    const music = await store.transaction(all((tables, pupil) => findMark(tables, { pupil, subject: 'music' })));

    expect(open.map((found) => found.map(({ subject }) => subject).toSorted())).toEqual([
      ['music', 'sport'],
      ['sport'],
      [],
      [],
    ]);
    expect(music).toEqual([[rows[0]], [rows[2]], [], [rows[4]]]);
  },
);

test.each(WAYS)(
  'When rows are changed %s, Then each is told whether there was one, and no other is changed',
  async (_, all) => {
    await using store = await openMarks();
    const rows = [
      markOf('a'),
      markOf('a', { subject: 'sport' }),
      markOf('b', { state: 'closed' }),
      markOf('d', { mark: null }),
    ];
    await store.transaction((tables) => tables.insertInto('marks').values(rows).execute());

    const changed = await store.transaction(
      all((tables, pupil) => changeMark(tables, { pupil, subject: 'music', mark: pupil === 'a' ? null : 4 })),
    );

    expect(changed).toEqual([true, false, false, true]);
    expect(await store.marks()).toEqual([markOf('a', { mark: null }), rows[1], rows[2], markOf('d', { mark: 4 })]);
  },
);

test('When several ask for the same row at once, Then the first inserts it, and what the last says of it stays', async () => {
  await using store = await openMarks();

  const inserted = await store.transaction((tables) =>
    Promise.all(['a', 'b', 'a'].map((pupil, index) => insertMark(tables, markOf(pupil, { mark: index })))),
  );
  const marks = [5, 4, 3];
  const found = await store.transaction(async (tables) => {
    await Promise.all(marks.map((mark) => changeMark(tables, { pupil: 'a', subject: 'music', mark })));
    return Promise.all(['a', 'a', 'b'].map((pupil) => findMark(tables, { pupil, subject: 'music' })));
  });

  expect(inserted.map((row) => row !== undefined)).toEqual([true, true, false]);
  expect(found).toEqual([[markOf('a', { mark: 3 })], [markOf('a', { mark: 3 })], [markOf('b', { mark: 1 })]]);
});
