// Imports nothing but Node's own modules: in a container it comes by standard input.
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';

// Less than the 3 s for which a service waits for its store.
const LOCK_WAIT_MS = 500;
const TRIES = 20;

/**
 * Copies SQLite stores as of one moment while their services work. All of them are locked for some milliseconds, in which a
 * snapshot of each is taken, and are copied from these afterwards. What was under way at that moment is in the copies as a
 * loss of power would have left it, and is recovered from them in the same way.
 *
 * @param stores paths of the files; their names have to differ
 * @param folder where the copies are made, each under its store's name; must be empty or missing
 * @throws where a store is missing or damaged, cannot be locked, or the folder is not empty
 */
export async function backUp(stores: readonly string[], folder: string): Promise<void> {
  const missing = stores.filter((store) => !existsSync(store));
  if (missing.length > 0) throw new Error(`there is no store ${missing.map((store) => resolve(store)).join(', ')}`);
  makeFolder(resolve(folder));
  if (readdirSync(folder).length > 0) throw new Error(`the folder ${resolve(folder)} is not empty`);
  const snapshots = takeSnapshots(stores);
  try {
    for (const { store, reader } of snapshots) {
      const copy = join(folder, basename(store));
      await backup(reader, copy);
      finish(copy);
    }
  } finally {
    for (const { reader } of snapshots) reader.close();
  }
}

/** As `store/src/make-folder.ts`: Node's own `recursive` tries for ever in places such as /proc. */
function makeFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  if (dirname(path) !== path) makeFolder(dirname(path));
  mkdirSync(path);
}

interface Snapshot {
  store: string;
  /** Has begun to read, so that it sees this moment until it is closed. */
  reader: DatabaseSync;
}

function takeSnapshots(stores: readonly string[]): Snapshot[] {
  const opened = stores.map((store) => ({
    store,
    writer: new DatabaseSync(store, { timeout: LOCK_WAIT_MS }),
    reader: new DatabaseSync(store, { timeout: LOCK_WAIT_MS }),
  }));
  try {
    for (let tries = 1; ; tries += 1) {
      try {
        for (const { writer } of opened) writer.exec('BEGIN IMMEDIATE');
        for (const { reader } of opened) reader.exec('BEGIN; SELECT count(*) FROM sqlite_schema');
        return opened;
      } catch (error) {
        // No store is kept from its service while another one is waited for.
        for (const { reader } of opened) if (reader.isTransaction) reader.exec('ROLLBACK');
        if (tries === TRIES) throw error;
      } finally {
        for (const { writer } of opened) if (writer.isTransaction) writer.exec('ROLLBACK');
      }
    }
  } finally {
    for (const { writer } of opened) writer.close();
  }
}

/** Makes one file of a copy, and looks whether it is whole. */
function finish(copy: string): void {
  const database = new DatabaseSync(copy);
  try {
    database.exec('PRAGMA journal_mode = DELETE');
    assertWhole(database, copy);
  } finally {
    database.close();
  }
}

/** @throws where the copy is damaged */
function assertWhole(database: DatabaseSync, copy: string): void {
  const [found] = database.prepare('PRAGMA quick_check(1)').all();
  if (found?.quick_check !== 'ok') throw new Error(`the copy ${copy} is damaged: ${found?.quick_check}`);
}

/** Writes the copies to standard output, as a tar archive; in between they are beside the last store. */
async function writeArchive(stores: readonly string[]): Promise<void> {
  const folder = mkdtempSync(join(dirname(stores.at(-1) as string), 'backup-'));
  try {
    await backUp(stores, folder);
    const { status } = spawnSync('tar', ['-C', folder, '-c', '.'], { stdio: ['ignore', 'inherit', 'inherit'] });
    if (status !== 0) throw new Error('the archive could not be written');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (import.meta.main ?? true) {
  const [to, ...given] = process.argv.slice(2);
  const dataDir = process.env.DATA_DIR || './data';
  const stores = given.length > 0 ? given : globSync(join(dataDir, '*.db')).toSorted();
  try {
    if (to === undefined)
      throw new Error("say where to: npm run backup -- FOLDER, or '-' for a tar archive on standard output");
    if (stores.length === 0) throw new Error(`there is no store in ${resolve(dataDir)}`);
    await (to === '-' ? writeArchive(stores) : backUp(stores, to));
    if (to !== '-') console.log(`${stores.length} stores, as of one moment, are in ${resolve(to)}`);
  } catch (error) {
    console.error(`Nothing was backed up: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
