import type { Kysely } from 'kysely';
import { expect, test, vi } from 'vitest';
import { storeUrl, temporaryFolder } from '../testing/index.ts';
import { openStore } from './open-store.ts';
import { prepareQuery, type ValueOf, valuesOf } from './prepared-query.ts';

interface Tables {
  notes: { id: string; text: string | null; at: number };
}

const migrations = {
  '001-notes': {
    async up(db: Kysely<unknown>) {
      await db.schema
        .createTable('notes')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('text', 'text')
        .addColumn('at', 'bigint', (column) => column.notNull())
        .execute();
    },
  },
};

async function openNotes() {
  const folder = temporaryFolder();
  const url = await storeUrl(folder.path, 'notes');
  const database = await openStore<Tables>(url, { migrations });
  return {
    ...database,
    async [Symbol.asyncDispose]() {
      await database.close();
      folder[Symbol.dispose]();
    },
  };
}

test('When a prepared query runs again, Then it has the values of that run, and is not built anew', async () => {
  await using store = await openNotes();
  const build = vi.fn((tables: Kysely<Tables>, value: ValueOf<Tables['notes']>) =>
    tables.insertInto('notes').values(valuesOf(value, ['id', 'text', 'at'])),
  );
  const insert = prepareQuery<Tables, Tables['notes']>(build);

  await store.transaction(async (tables) => {
    expect((await insert(tables, { id: 'a', text: 'first', at: 1 })).numAffectedRows).toBe(1n);
    await insert(tables, { id: 'b', text: null, at: 1_790_000_000_000 });
  });

  expect(build).toHaveBeenCalledTimes(1);
  expect(await store.read.selectFrom('notes').selectAll().orderBy('id').execute()).toEqual([
    { id: 'a', text: 'first', at: 1 },
    { id: 'b', text: null, at: 1_790_000_000_000 },
  ]);
});

test('When a query mixes values of its own with those of the run, Then each stays in its place', async () => {
  await using store = await openNotes();
  const find = prepareQuery<Tables, { text: string; since: number }, { id: string }>((tables, value) =>
    tables
      .selectFrom('notes')
      .select('id')
      .where('at', '>=', value('since'))
      .where('id', '!=', 'b')
      .where('text', '=', value('text')),
  );
  await store.transaction(async (tables) => {
    const notes = [
      { id: 'a', text: 'x', at: 5 },
      { id: 'b', text: 'x', at: 6 },
      { id: 'c', text: "'; drop table notes; --", at: 7 },
    ];
    await tables.insertInto('notes').values(notes).execute();
  });

  expect((await find(store.read, { since: 5, text: 'x' })).rows).toEqual([{ id: 'a' }]);
  expect((await find(store.read, { since: 6, text: 'x' })).rows).toEqual([]);
  expect((await find(store.read, { since: 0, text: "'; drop table notes; --" })).rows).toEqual([{ id: 'c' }]);
});
