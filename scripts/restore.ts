import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { lockStore } from 'durable-store';
import { makeFolder } from '../store/src/make-folder.ts';
import { findCopies, replaceStores, stageCopies } from './replace-stores.ts';

/**
 * Puts copies of stores in the place of the stores, all of them or none.
 *
 * @param folder has the copies, as `backUp` makes them
 * @param dataDir has the stores
 * @returns the names of the stores
 * @throws where a process works on one of them, there are no copies, one is damaged, or one of the stores has no copy
 */
export async function restore(folder: string, dataDir: string): Promise<string[]> {
  const copies = findCopies(folder);
  makeFolder(resolve(dataDir));
  const without = readdirSync(dataDir).filter((name) => name.endsWith('.db') && !copies.includes(name));
  if (without.length > 0) throw new Error(`${without.join(', ')} would be of another moment: there is no copy`);
  const stores = copies.map((name) => join(dataDir, name));
  const unlock = stores.map((store) => lockStore(`sqlite:${store}`));
  try {
    stageCopies(folder, stores);
    replaceStores(stores);
  } finally {
    for (const release of unlock) await release();
  }
  return copies;
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
