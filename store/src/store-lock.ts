import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StoreLocked } from './store-errors.ts';

// A connection that nothing refers to is collected, and its lock with it.
const held = new Set<DatabaseSync>();

/**
 * Locks an SQLite file for this process, so that all work which the file shows as unfinished belongs to a process that is
 * gone. The lock is the operating system's and ends with the process, also when it is killed. Other kinds of store need
 * no lock and get none.
 *
 * @param url as for `openStore`
 * @returns the function that releases the lock
 * @throws StoreLocked where another process has the lock
 */
export function lockStore(url: string): () => Promise<void> {
  if (!url.startsWith('sqlite:')) return async () => {};
  const file = url.slice('sqlite:'.length);
  mkdirSync(dirname(file), { recursive: true });
  // By its real name: through a link it is the same store.
  const lock = new DatabaseSync(`${existsSync(file) ? realpathSync(file) : file}.lock`);
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch {
    lock.close();
    throw new StoreLocked();
  }
  held.add(lock);
  return async () => {
    held.delete(lock);
    lock.close();
  };
}
