import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { waitUntil } from 'durable-store/testing';
import { describe, expect, test } from 'vitest';
import { openBench } from '../test/bench.ts';
import { createPaperTrail, type Heading } from '../test/paper-trail.ts';
import { isEnded } from './index.ts';

const doomedProcess = fileURLToPath(new URL('../test/doomed-process.ts', import.meta.url));

function openGraveyard(heading: Heading) {
  const bench = openBench({ fakeTime: false });
  const effectsFile = join(bench.file, '..', 'effects');
  const { saga, lines } = createPaperTrail(effectsFile, heading);

  /** Runs a process until it is killed at the given point. */
  async function killAt(point: string): Promise<void> {
    const child = spawn(process.execPath, [doomedProcess, await bench.storeUrl(), effectsFile, heading, point], {
      stdio: ['ignore', 'inherit', 'inherit'],
      timeout: 20_000,
    });
    const [, signal] = await once(child, 'exit');
    expect(signal, `killed ${point}`).toBe('SIGKILL');
  }

  /** Claims the saga in this process and runs it to its end. */
  async function survive(now?: () => number) {
    const host = await bench.openHost([saga], { recover: true, exclusive: now === undefined, ...(now && { now }) });
    await waitUntil('the saga has ended', async () => isEnded(await host.find()));
    return host.find();
  }

  return { ...bench, lines, killAt, survive };
}

describe('a process that is killed', { timeout: 40_000 }, () => {
  test.each(['before A', 'after B', 'after C', 'saga completed'])(
    'When that is at "%s", Then the saga completes with each effect once',
    async (point) => {
      await using graveyard = openGraveyard('forward');
      await graveyard.killAt(point);

      const record = await graveyard.survive();

      expect(record).toMatchObject({ status: 'completed', result: ['did A', 'did B', 'did C'] });
      expect(graveyard.lines()).toEqual(['+A', '+B', '+C']);
    },
  );

  test.each(['saga compensating', 'after undo C', 'before undo B', 'after undo A'])(
    'When that is at "%s", Then all is undone, nothing skipped and nothing twice',
    async (point) => {
      await using graveyard = openGraveyard('back');
      await graveyard.killAt(point);

      const record = await graveyard.survive();

      expect(record).toMatchObject({ status: 'compensated', failure: { step: 'C', code: 'unclear', data: null } });
      expect(graveyard.lines()).toEqual(['+A', '+B', '+C', '-C', '-B', '-A']);
    },
  );

  test('When that happens again and again, Then the saga still ends as it must', async () => {
    await using graveyard = openGraveyard('back');
    for (const point of ['after B', 'after undo C', 'before undo A']) {
      await graveyard.killAt(point);
    }

    expect(await graveyard.survive()).toMatchObject({ status: 'compensated' });
    expect(graveyard.lines()).toEqual(['+A', '+B', '+C', '-C', '-B', '-A']);
  });

  test('When other processes may be there, Then the saga is claimed once its lease is over', async () => {
    await using graveyard = openGraveyard('forward');
    await graveyard.killAt('after B');

    const record = await graveyard.survive(() => Date.now() + 5_000);

    expect(record).toMatchObject({ status: 'completed', fence: 2 });
  });
});
