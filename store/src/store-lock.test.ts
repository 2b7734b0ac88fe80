import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { linkSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder, waitUntil } from '../testing/index.ts';
import { openStore } from './open-store.ts';
import { StoreLocked } from './store-errors.ts';
import { lockStore } from './store-lock.ts';

test('When a store is locked, Then no other caller gets it until it is released', async () => {
  using folder = temporaryFolder();
  const url = `sqlite:${join(folder.path, 'missing/x.db')}`;
  const unlock = lockStore(url);

  expect(() => lockStore(url)).toThrow(StoreLocked);
  expect(() => lockStore(url)).toThrow(/^(?!.*missing)/s);

  await unlock();
  await lockStore(url)();
});

test('When the process that has it is killed, Then the lock is free', { timeout: 20_000 }, async () => {
  using folder = temporaryFolder();
  const url = `sqlite:${join(folder.path, 'x.db')}`;
  const env = { ...process.env, STORE: url, LOCK_MODULE: new URL('store-lock.ts', import.meta.url).href };
  const code = `
    (await import(process.env.LOCK_MODULE)).lockStore(process.env.STORE);
    // The lock outlasts the function that releases it.
    gc();
    process.stdout.write('locked');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--expose-gc', '--input-type=module', '--eval', code], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  expect(() => lockStore(url)).toThrow(StoreLocked);

  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;

  await waitUntil('the lock is free', () => {
    try {
      lockStore(url)();
      return true;
    } catch {
      return false;
    }
  });
});

test('When the lock file is removed while a process works on the store, Then no other gets the lock, however often it tries', async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, 'x.db');
  const url = `sqlite:${file}`;
  const unlock = lockStore(url);
  const store = await openStore(url, { migrations: {} });

  rmSync(`${file}.lock`);
  expect(() => lockStore(url)).toThrow(StoreLocked);
  expect(() => lockStore(url)).toThrow(StoreLocked);

  await store.close();
  await unlock();
  await lockStore(url)();
});

test('When a shell has the store open, Then a process that is started again gets the lock all the same', async () => {
  using folder = temporaryFolder();
  const url = `sqlite:${join(folder.path, 'x.db')}`;
  const unlock = lockStore(url);
  const store = await openStore(url, { migrations: {} });
  const shell = await openStore(url, { migrations: {} });

  await store.close();
  await unlock();
  await lockStore(url)();
  await shell.close();
});

test.each([
  ['a link to a store that is still to be made', 'real/x.db'],
  ['a link to a folder that is still to be made', 'missing/folder/x.db'],
])('When a store is locked through %s, Then it is locked under its own name', async (_what, target) => {
  using folder = temporaryFolder();
  mkdirSync(join(folder.path, 'real'));
  symlinkSync(target, join(folder.path, 'link.db'));
  symlinkSync('link.db', join(folder.path, 'link-to-link.db'));

  const unlock = lockStore(`sqlite:${join(folder.path, 'link-to-link.db')}`);
  expect(() => lockStore(`sqlite:${join(folder.path, target)}`)).toThrow(StoreLocked);
  writeFileSync(join(folder.path, target), '');
  expect(() => lockStore(`sqlite:${join(folder.path, 'link.db')}`)).toThrow(StoreLocked);

  await unlock();
});

test('When a store has two names in the file system, Then one process has it', async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, 'x.db');
  const unlock = lockStore(`sqlite:${file}`);
  const store = await openStore(`sqlite:${file}`, { migrations: {} });
  linkSync(file, join(folder.path, 'y.db'));

  expect(() => lockStore(`sqlite:${join(folder.path, 'y.db')}`)).toThrow(StoreLocked);

  await store.close();
  await unlock();
});
