import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryFolder } from '../store/testing/index.ts';

const SCRIPT = readFileSync(new URL('replace-stores.ts', import.meta.url), 'utf8');
const NAMES = ['one', 'two', 'three'];

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
  for (const name of NAMES) {
    mkdirSync(join(folder.path, 'stores', name), { recursive: true });
    writeStore(storeOf(name), 'live');
  }
  mkdirSync(join(folder.path, 'copies'));
  for (const name of NAMES) writeStore(copyOf(name), 'copied');
});
afterEach(() => folder[Symbol.dispose]());

const storeOf = (name: string) => join(folder.path, 'stores', name, `${name}.db`);
const copyOf = (name: string) => join(folder.path, 'copies', `${name}.db`);
const listStores = () => readdirSync(join(folder.path, 'stores'), { recursive: true }).toSorted();
const archive = () => execFileSync('tar', ['-C', join(folder.path, 'copies'), '-c', '.']);

function writeStore(file: string, content: string): void {
  const database = new DatabaseSync(file);
  database.exec(`CREATE TABLE kept (content TEXT); INSERT INTO kept VALUES ('${content}')`);
  database.close();
}

/** As a container runs it. */
const run = (what: 'stage' | 'replace', input: Uint8Array = new Uint8Array()) =>
  spawnSync(
    process.execPath,
    ['--input-type=module-typescript', '--eval', SCRIPT, what, ...NAMES.map((name) => storeOf(name))],
    { input, encoding: 'utf8' },
  );

const readAll = () =>
  NAMES.map((name) => {
    using database = new DatabaseSync(storeOf(name));
    return database.prepare('SELECT content FROM kept').get()?.content;
  });

test('When an archive is staged, Then the stores stay as they are; when it replaces them, Then nothing else is left behind', () => {
  const before = listStores();

  expect(run('stage', archive())).toMatchObject({ status: 0, stderr: '' });
  expect(readAll()).toEqual(['live', 'live', 'live']);
  writeFileSync(`${storeOf('two')}-wal`, 'of the live store');
  expect(run('replace')).toMatchObject({ status: 0, stderr: '' });

  expect(listStores()).toEqual(before);
  expect(readAll()).toEqual(['copied', 'copied', 'copied']);
});

const BAD: Array<[what: string, spoil: () => Uint8Array, sentence: string]> = [
  ['is none', () => Buffer.from('garbage\n'), 'the archive on standard input is no whole tar archive'],
  ['is cut off', () => archive().subarray(0, 9_000), 'the archive on standard input is no whole tar archive'],
  ['has a damaged copy', () => spoilt(() => writeFileSync(copyOf('two'), 'x'.repeat(9_999))), 'two.db is damaged'],
  ['has half a copy', () => spoilt(() => truncateSync(copyOf('two'), 4096)), 'two.db is damaged'],
  ['has an empty copy', () => spoilt(() => truncateSync(copyOf('two'))), 'two.db is damaged'],
  [
    'lacks a copy',
    () => execFileSync('tar', ['-C', join(folder.path, 'copies'), '-c', 'one.db', 'three.db']),
    'two.db',
  ],
];

function spoilt(spoil: () => void): Uint8Array {
  spoil();
  return archive();
}

test.each(BAD)('When the archive %s, Then one sentence says so and nothing is changed', (_what, spoil, sentence) => {
  const before = listStores();

  const { status, stderr } = run('stage', spoil());

  expect(status).toBe(1);
  expect(stderr).toMatch(/^Nothing was restored: .*\n$/);
  expect(stderr).toContain(sentence);
  expect(listStores()).toEqual(before);
  expect(readAll()).toEqual(['live', 'live', 'live']);
});

test('When the last store cannot be replaced, Then none is, and what belongs to each is as it was', () => {
  const before = listStores();
  run('stage', archive());
  mkdirSync(`${storeOf('three')}.replaced`);

  const { status, stderr } = run('replace');

  expect(status).toBe(1);
  expect(stderr).toMatch(/^Nothing was restored: .*\n$/);
  expect(listStores()).toEqual([...before, 'three/three.db.replaced'].toSorted());
  expect(readAll()).toEqual(['live', 'live', 'live']);
});
