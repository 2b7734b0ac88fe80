import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from 'durable-store/testing';
import { expect, onTestFinished, test } from 'vitest';
import { report } from '../src/faults/report.ts';

const WAITING = 10_000;
const MEGABYTE = 2 ** 20;
const program = fileURLToPath(new URL('../src/faults/waiting-process.ts', import.meta.url));

/** Starts the process; `next` resolves with its next line. */
function startWaiting(storeUrl: string, count: number) {
  const child = spawn(process.execPath, ['--expose-gc', program, storeUrl, String(count)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { child, next: async () => String((await lines.next()).value).split(' ') };
}

async function kill(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

test('When 10,000 sagas wait and their process is killed, Then the next one wakes any of them and holds none in memory', async () => {
  using folder = temporaryFolder();
  const url = `sqlite:${join(folder.path, 'waiting.db')}`;
  const empty = startWaiting(`sqlite:${join(folder.path, 'empty.db')}`, 0);
  const [, emptyRss] = await empty.next();
  await kill(empty.child);
  const first = startWaiting(url, WAITING);
  expect((await first.next())[0]).toBe('ready');
  await kill(first.child);

  const second = startWaiting(url, 0);
  const [ready, rss] = await second.next();
  expect(ready).toBe('ready');
  const waits: number[] = [];
  for (const index of [0, WAITING / 2, WAITING - 1]) {
    second.child.stdin.write(`saga-${index}\n`);
    const [said, completed, ms] = await second.next();
    expect([said, completed]).toEqual(['ended', 'true']);
    waits.push(Number(ms));
  }

  report(
    `10,000 waiting: ${waits.join(', ')} ms from the event to the end, ${Number(rss) - Number(emptyRss)} bytes more`,
  );
  expect(Number(rss) - Number(emptyRss)).toBeLessThan(50 * MEGABYTE);
});
