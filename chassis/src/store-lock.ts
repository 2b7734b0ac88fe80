import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ConfigError } from './env.ts';

/**
 * Makes this process the only one on its store, where that is an SQLite file, for as long as it lives, so that whatever the log says is under way
 * died with the process before. The lock is the operating system's: a process that is killed leaves none behind.
 *
 * @param url as for `openDatabase`
 * @returns what gives the store up
 * @throws ConfigError where another process has the store
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
    throw new ConfigError(['DATABASE_URL: another process works on this SQLite file; a file is for one process']);
  }
  return async () => lock.close();
}
