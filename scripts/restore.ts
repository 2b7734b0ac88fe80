import { copyFileSync, existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { lockStore } from 'durable-store';
import { makeFolder } from '../store/src/make-folder.ts';
import { assertWhole } from './backup.ts';

/**
 * Puts copies of stores in the place of the stores, all of them or none.
 *
 * @param folder has the copies, as `backUp` makes them
 * @param dataDir has the stores
 * @returns the names of the stores
 * @throws where a process works on one of them, there are no copies, one is damaged, or one of the stores has no copy
 */
export async function restore(folder: string, dataDir: string): Promise<string[]> {
  const copies = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.db')) : [];
  if (copies.length === 0) throw new Error(`there are no copies of stores in ${resolve(folder)}`);
  makeFolder(resolve(dataDir));
  const without = readdirSync(dataDir).filter((name) => name.endsWith('.db') && !copies.includes(name));
  if (without.length > 0) throw new Error(`${without.join(', ')} would be of another moment: there is no copy`);
  for (const name of copies) assertUsable(join(folder, name));
  const unlock = copies.map((name) => lockStore(`sqlite:${join(dataDir, name)}`));
  try {
    // On the same disk first, so that what can fail has failed before anything is replaced.
    for (const name of copies) copyFileSync(join(folder, name), join(dataDir, `${name}.restored`));
    for (const name of copies) {
      for (const part of ['-wal', '-shm']) rmSync(join(dataDir, `${name}${part}`), { force: true });
      renameSync(join(dataDir, `${name}.restored`), join(dataDir, name));
    }
  } finally {
    for (const release of unlock) await release();
  }
  return copies;
}

function assertUsable(copy: string): void {
  const database = new DatabaseSync(copy, { readOnly: true });
  try {
    assertWhole(database, copy);
  } catch (cause) {
    throw new Error(`the copy ${copy} is damaged`, { cause });
  } finally {
    database.close();
  }
}

if (import.meta.main) {
  const [from] = process.argv.slice(2);
  try {
    if (from === undefined) throw new Error('say where from: npm run restore -- FOLDER');
    const stores = await restore(from, process.env.DATA_DIR || './data');
    console.log(`${stores.join(', ')} are restored. Start the stack, then: npm run audit`);
  } catch (error) {
    console.error(`Nothing was restored: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
