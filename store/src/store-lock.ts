import { accessSync, constants, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isBusy } from './sqlite-failure.ts';
import { StoreLocked } from './store-errors.ts';
import { fileOf, realFile, usingFile } from './store-file.ts';

// A connection that nothing refers to is collected, and its lock with it.
const held = new Set<DatabaseSync>();
// A backup, or a person with a shell, may have the store open at the moment.
const BUSY_WAIT_MS = 300;

/**
 * Locks an SQLite file for this process, so that all work which the file shows as unfinished belongs to a process that is
 * gone. The lock is the operating system's and ends with the process, also when it is killed. Other kinds of store need
 * no lock and get none.
 *
 * @param url as for `openStore`
 * @returns the function that releases the lock
 * @throws StoreLocked where another process has the lock; StoreFileUnusable
 */
export function lockStore(url: string): () => Promise<void> {
  const path = fileOf(url);
  if (path === undefined) return async () => {};
  const file = realFile(path);
  // SQLite only says that it could not open the file; beside a store it makes files of its own.
  usingFile(file, () => accessSync(dirname(file), constants.W_OK));
  const lock = usingFile(`${file}.lock`, () => takeLock(`${file}.lock`, file));
  held.add(lock);
  return async () => {
    held.delete(lock);
    lock.close();
  };
}

/** @param file the store, which nobody must have open where the lock's own file is new */
function takeLock(lockFile: string, file: string): DatabaseSync {
  const lock = new DatabaseSync(lockFile, { timeout: 0 });
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    if (isNew(lock)) {
      // Somebody may have removed the file on which the store's process has its lock.
      assertUnopened(file);
      lock.exec('PRAGMA user_version = 1; COMMIT; BEGIN EXCLUSIVE');
    }
    // On a file that cannot be written, SQLite grants a lock that is none, and only a write tells.
    lock.exec('PRAGMA user_version = 1');
    return lock;
  } catch (error) {
    lock.close();
    throw isBusy(error) ? new StoreLocked() : error;
  }
}

/** Whether no process has had this lock yet. */
const isNew = (lock: DatabaseSync): boolean => lock.prepare('PRAGMA user_version').get()?.user_version === 0;

/** @throws SQLite's BUSY where a connection to the store is open, of any process; nothing else */
function assertUnopened(file: string): void {
  if (!existsSync(file)) return;
  let probe: DatabaseSync | undefined;
  try {
    probe = new DatabaseSync(file, { timeout: BUSY_WAIT_MS });
    probe.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; ROLLBACK');
  } catch (error) {
    // What else is wrong with the store is said when it is opened.
    if (isBusy(error)) throw error;
  } finally {
    probe?.close();
  }
}
