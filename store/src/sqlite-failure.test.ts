import { closeSync, openSync, readdirSync, readlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { type NotesTables, note, notesIn, openSqliteNotes } from '../testing/notes.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { createGroupCommit } from './group-commit.ts';
import { kyselyOver } from './sqlite-kysely.ts';

const UNAVAILABLE = { name: 'StoreUnavailable', code: 'store_unavailable' };

/** A file without a write-ahead log, in which a reader keeps a writer from committing and a writer keeps readers out. */
function openJournalled() {
  const folder = temporaryFolder();
  const path = join(folder.path, 'notes.db');
  const [connection, other] = [new DatabaseSync(path, { timeout: 20 }), new DatabaseSync(path)];
  connection.exec('create table notes (id integer primary key, text text)');
  const tables = kyselyOver<NotesTables>(connection);
  const { transaction } = createGroupCommit(connection, tables, {
    begin: async () => connection.exec('BEGIN IMMEDIATE'),
  });
  return {
    path,
    tables,
    transaction,
    other,
    [Symbol.dispose]() {
      other.close();
      connection.close();
      folder[Symbol.dispose]();
    },
  };
}

test('When a commit is busy, Then all that share it reject with StoreUnavailable, and later ones go through', async () => {
  using file = openJournalled();
  file.other.exec('BEGIN; SELECT * FROM notes');

  const batch = await Promise.allSettled([1, 2].map((id) => file.transaction(note(id))));
  expect(batch.map((outcome) => outcome.status === 'rejected' && outcome.reason)).toMatchObject([
    UNAVAILABLE,
    UNAVAILABLE,
  ]);
  file.other.exec('COMMIT');

  await file.transaction(note(3));
  expect((await notesIn(file.tables)).map(({ id }) => id)).toEqual([3]);
});

test('When a read is busy, Then it rejects with StoreUnavailable', async () => {
  using file = openJournalled();
  file.other.exec('BEGIN EXCLUSIVE');

  await expect(notesIn(file.tables)).rejects.toMatchObject(UNAVAILABLE);

  file.other.exec('ROLLBACK');
  expect(await notesIn(file.tables)).toEqual([]);
});

/** Puts folders in the place of this process's open files at a path: a folder can neither be read nor written. */
function breakFiles(path: string): void {
  const open = readdirSync('/proc/self/fd').filter((fd) => pathOf(fd) === path);
  for (const fd of open.map(Number)) {
    closeSync(fd);
    const others: number[] = [];
    for (let next = openSync('/', 'r'); next !== fd; next = openSync('/', 'r')) others.push(next);
    others.forEach(closeSync);
  }
}

function pathOf(fd: string): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return undefined;
  }
}

test.runIf(process.platform === 'linux')(
  'When the disk fails, Then reads and writes reject with StoreUnavailable',
  async () => {
    await using store = await openSqliteNotes();
    // Both connections have their files open, and the reader does not have in its memory what it reads next.
    expect(await store.ids()).toEqual([]);
    await store.transaction(note(1));

    breakFiles(`${store.file}-wal`);

    await expect(store.ids()).rejects.toMatchObject(UNAVAILABLE);
    await expect(store.transaction(note(2))).rejects.toMatchObject(UNAVAILABLE);
  },
);

test('When the file is no database any more, Then reads reject with StoreUnavailable', async () => {
  using file = openJournalled();
  const fd = openSync(file.path, 'r+');
  writeSync(fd, Buffer.alloc(100, 'x'), 0, 100, 0);
  closeSync(fd);

  await expect(notesIn(file.tables)).rejects.toMatchObject(UNAVAILABLE);
});
