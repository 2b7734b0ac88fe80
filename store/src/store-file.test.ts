import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../testing/index.ts';

const LOCK_AND_OPEN = `
const { lockStore, openStore } = await import(process.env.STORE_MODULE);
try {
  const unlock = lockStore(process.env.STORE);
  const store = await openStore(process.env.STORE, { migrations: {} });
  await store.close();
  await unlock();
  console.log('opened');
} catch (error) {
  console.log(error.code + ' ' + error.message);
}`;

const NOBODY = 65_534;

/** What a process gets to hear that may not override permissions, as the superuser may. */
function lockAndOpen(file: string): string {
  const env = { ...process.env, STORE: `sqlite:${file}`, STORE_MODULE: new URL('index.ts', import.meta.url).href };
  const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  return execFileSync(process.execPath, ['--input-type=module', '--eval', LOCK_AND_OPEN], { env, ...user })
    .toString()
    .trim();
}

// Each makes what is wrong in a folder that anyone may write to, and says which file the store is and which one is named.
const UNUSABLE: Array<[what: string, make: (folder: string) => void, named: string, why: RegExp]> = [
  [
    'a folder that may not be written',
    (folder) => mkdirSync(join(folder, 'data'), { mode: 0o555 }),
    'data/x.db',
    /permission denied/,
  ],
  ['a folder that cannot be made', (folder) => chmodSync(folder, 0o555), 'data/x.db', /permission denied/],
  [
    'a file in place of the folder',
    (folder) => writeFileSync(join(folder, 'data'), ''),
    'data/x.db',
    /exists|not a directory/,
  ],
  ['a link in a circle', (folder) => link(folder, 'x.db'), 'data/x.db', /symbolic links/],
  ['a lock that may not be written', (folder) => put(folder, 'x.db.lock', 0o444), 'data/x.db.lock', /readonly/],
  ['a lock that may not be read', (folder) => put(folder, 'x.db.lock', 0), 'data/x.db.lock', /unable to open/],
  ['a store that may not be written', (folder) => put(folder, 'x.db', 0o444), 'data/x.db', /readonly/],
  ['a store that may not be read', (folder) => put(folder, 'x.db', 0), 'data/x.db', /unable to open/],
  ['a store that is a folder', (folder) => makeFolder(folder, 'data/x.db'), 'data/x.db', /unable to open/],
  [
    'a store that is a text',
    (folder) => put(folder, 'x.db', 0o666, 'no database\n'.repeat(999)),
    'data/x.db',
    /not a database/,
  ],
];

function makeFolder(folder: string, name: string): void {
  mkdirSync(join(folder, name), { recursive: true });
  chmodSync(join(folder, 'data'), 0o777);
}

function put(folder: string, name: string, mode: number, text = ''): void {
  mkdirSync(join(folder, 'data'));
  chmodSync(join(folder, 'data'), 0o777);
  writeFileSync(join(folder, 'data', name), text);
  chmodSync(join(folder, 'data', name), mode);
}

function link(folder: string, name: string): void {
  mkdirSync(join(folder, 'data'));
  symlinkSync(name, join(folder, 'data', name));
}

test.each(UNUSABLE)('When there is %s, Then one sentence has its path and why', (_what, make, named, why) => {
  using folder = temporaryFolder();
  chmodSync(folder.path, 0o777);
  make(folder.path);

  const said = lockAndOpen(join(folder.path, 'data/x.db'));

  expect(said).toMatch(/^store_file_unusable the SQLite file [^\n]+ cannot be used: [^\n]+$/);
  expect(said).toContain(` ${join(folder.path, named)} cannot be used`);
  expect(said).toMatch(why);
});
