// Imports nothing but Node's own modules: in a container it comes by the command line.
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const PARTS = ['', '-wal', '-shm'];

/**
 * The copies of stores in a folder, after a look at each.
 *
 * @param folder has the copies, as `backUp` makes them
 * @returns the names of their files
 * @throws where there are none, or one is damaged
 */
export function findCopies(folder: string): string[] {
  const copies = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.db')) : [];
  if (copies.length === 0) throw new Error(`there are no copies of stores in ${resolve(folder)}`);
  for (const name of copies) assertUsable(join(folder, name));
  return copies;
}

/** @throws where the copy is no store, or a damaged one */
function assertUsable(copy: string): void {
  const database = new DatabaseSync(copy, { readOnly: true });
  try {
    const [found] = database.prepare('PRAGMA quick_check(1)').all();
    if (found?.quick_check !== 'ok') throw new Error(String(found?.quick_check));
    // For SQLite a file without a byte is whole.
    if (database.prepare('SELECT 1 FROM sqlite_schema').get() === undefined) throw new Error('it has no tables');
  } catch (cause) {
    throw new Error(`the copy ${basename(copy)} is damaged`, { cause });
  } finally {
    database.close();
  }
}

/**
 * Puts a copy beside each store, where `replaceStores` takes it from. The stores may be worked on.
 *
 * @param folder has a copy for each, under the store's name
 */
export function stageCopies(folder: string, stores: readonly string[]): void {
  try {
    for (const store of stores) {
      copyFileSync(join(folder, basename(store)), `${store}.restored`);
      const file = openSync(`${store}.restored`, 'r+');
      fsyncSync(file);
      closeSync(file);
    }
  } catch (error) {
    for (const store of stores) rmSync(`${store}.restored`, { force: true });
    throw error;
  }
}

/**
 * Puts the staged copies in the place of the stores, which nobody works on: all of them or, where that fails, none.
 *
 * @throws where one cannot be replaced; the stores are then as they were
 */
export function replaceStores(stores: readonly string[]): void {
  const moved: Array<[from: string, to: string]> = [];
  const move = (from: string, to: string) => {
    renameSync(from, to);
    moved.push([from, to]);
  };
  try {
    for (const store of stores) {
      for (const part of PARTS.map((suffix) => store + suffix)) if (existsSync(part)) move(part, `${part}.replaced`);
      move(`${store}.restored`, store);
    }
  } catch (error) {
    for (const [from, to] of moved.toReversed()) renameSync(to, from);
    for (const store of stores) rmSync(`${store}.restored`, { force: true });
    throw error;
  }
  for (const store of stores) for (const suffix of PARTS) rmSync(`${store}${suffix}.replaced`, { force: true });
}

/** Stages the copies of a tar archive on standard input. */
function stageArchive(stores: readonly string[]): void {
  const folder = join(dirname(stores[0] as string), 'restored');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  try {
    const { status } = spawnSync('tar', ['-C', folder, '-x'], { stdio: ['inherit', 'inherit', 'pipe'] });
    if (status !== 0) throw new Error('the archive on standard input is no whole tar archive');
    const copies = findCopies(folder);
    const without = stores.map((store) => basename(store)).filter((name) => !copies.includes(name));
    if (without.length > 0) throw new Error(`the archive has no copy of ${without.join(', ')}`);
    stageCopies(folder, stores);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (import.meta.main ?? true) {
  // By the command line there is no file's path before them.
  const [what, ...stores] = process.argv.slice(1);
  try {
    if (what === 'stage') stageArchive(stores);
    else replaceStores(stores);
  } catch (error) {
    console.error(`Nothing was restored: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
