import { join } from 'node:path';
import type { Kysely } from 'kysely';
import { openStore } from '../src/open-store.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** The table that the store's own tests write to. */
export interface NotesTables {
  notes: { id: number; text: string };
}

type Tables = Kysely<NotesTables>;

export const notesMigrations = {
  '001-notes': {
    up: (db: Kysely<unknown>) =>
      db.schema
        .createTable('notes')
        .addColumn('id', 'bigint', (column) => column.primaryKey())
        .addColumn('text', 'text')
        .execute(),
  },
};

/** @returns work for a transaction, which inserts one note */
export const note =
  (id: number, text = `note ${id}`) =>
  (tables: Tables) =>
    tables.insertInto('notes').values({ id, text }).execute();

/** @returns work that may run twice: the second time it changes nothing */
export const noteOnce = (id: number, text: string) => (tables: Tables) =>
  tables
    .insertInto('notes')
    .values({ id, text })
    .onConflict((conflict) => conflict.doNothing())
    .execute();

/** @returns the notes, in the order of their ids */
export const notesIn = (tables: Tables) => tables.selectFrom('notes').selectAll().orderBy('id').execute();

/** @returns the notes' texts, in the order of their ids */
export const textsIn = async (tables: Tables) => (await notesIn(tables)).map(({ text }) => text);

/** Opens an SQLite store with an empty table of notes in a folder of its own. */
export async function openSqliteNotes() {
  const folder = temporaryFolder();
  const file = join(folder.path, 'notes.db');
  const store = await openStore<NotesTables>(`sqlite:${file}`, { migrations: notesMigrations });
  return {
    ...store,
    file,
    ids: async () => (await notesIn(store.read)).map(({ id }) => id),
    async [Symbol.asyncDispose]() {
      await store.close();
      folder[Symbol.dispose]();
    },
  };
}

export const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
