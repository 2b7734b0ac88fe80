import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder, waitUntil } from '../testing/index.ts';
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
