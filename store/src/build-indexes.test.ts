import { type Kysely, sql } from 'kysely';
import { expect, test, vi } from 'vitest';
import { type NotesTables, note, notesMigrations } from '../testing/notes.ts';
import { postgresForFile } from '../testing/postgres-for-file.ts';
import type { Migration } from './migration.ts';
import { openStore } from './open-store.ts';

const byText: Migration = {
  up: async () => {},
  indexes: (schema) => [schema.createIndex('notes_by_text').unique().on('notes').column('text')],
};
const later = { ...notesMigrations, '009-by-text': byText };

const { newDatabase } = postgresForFile();
const open = (url: string, migrations: Record<string, Migration> = later) =>
  openStore<NotesTables>(url, { migrations });

/** Whether the index is there, and whether it is complete. */
async function stateOf(read: Kysely<NotesTables>): Promise<{ valid: boolean } | undefined> {
  const { rows } = await sql<{ valid: boolean }>`
    select indisvalid as valid from pg_index join pg_class on pg_class.oid = indexrelid
    where relname = 'notes_by_text'`.execute(read);
  return rows[0];
}

test('When a release adds an index to a table that is written, Then it is built beside the writes, and is there when the store is open', async () => {
  const url = await newDatabase();
  const before = await open(url, notesMigrations);
  const proceed = Promise.withResolvers<void>();
  const writing = before.transaction(async (tables) => {
    await note(1, 'first')(tables);
    await proceed.promise;
  });

  const opening = open(url);
  await vi.waitFor(async () => expect(await stateOf(before.read)).toEqual({ valid: false }), 2_000);
  await before.transaction(note(2, 'while it is built'));
  proceed.resolve();
  await writing;
  const after = await opening;

  expect(await stateOf(after.read)).toEqual({ valid: true });
  await Promise.all([before.close(), after.close()]);
});

test('When building was cut off, Then the next process builds the index anew', async () => {
  const url = await newDatabase();
  const before = await open(url, notesMigrations);
  await before.transaction(note(1, 'twice'));
  await before.transaction(note(2, 'twice'));
  await expect(open(url)).rejects.toThrow();
  expect(await stateOf(before.read)).toEqual({ valid: false });
  await before.transaction(async (tables) => void (await tables.deleteFrom('notes').where('id', '=', 2).execute()));

  const after = await open(url);

  expect(await stateOf(after.read)).toEqual({ valid: true });
  await Promise.all([before.close(), after.close()]);
});

test('When several processes open the store at once, Then one of them builds the index', async () => {
  const url = await newDatabase();
  await (await open(url, notesMigrations)).close();

  const opened = await Promise.all([open(url), open(url), open(url)]);

  for (const { read } of opened) expect(await stateOf(read)).toEqual({ valid: true });
  await Promise.all(opened.map(({ close }) => close()));
});

test('When the store is of SQLite, Then the index is there, also where an earlier migration built one of its name', async () => {
  const store = await open('memory:', {
    ...later,
    '008-by-text': {
      up: (db: Kysely<unknown>) => db.schema.createIndex('notes_by_text').on('notes').column('text').execute(),
    },
  });

  const { rows } = await sql`select name from sqlite_master where type = 'index' and name = 'notes_by_text'`.execute(
    store.read,
  );

  expect(rows).toHaveLength(1);
  await store.close();
});
