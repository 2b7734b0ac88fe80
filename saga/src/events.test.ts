import { describe, expect, test } from 'vitest';
import { defineApproval, startWaiting } from '../test/approval.ts';
import { openBench, settled, until } from '../test/bench.ts';
import { createWorld, lettersBy } from '../test/letters.ts';
import { StepFailed } from './index.ts';

const DAY_MS = 86_400_000;

describe('an event', () => {
  test('When it comes before the saga waits for it, Then it is kept', async () => {
    await using bench = openBench();
    const world = createWorld();
    const gate = Promise.withResolvers<void>();
    const a = world.step('A', { run: () => gate.promise });
    const saga = lettersBy([a], async (steps, input) => {
      await steps.step(a, input);
      return steps.waitFor<string>('approval', { timeout: DAY_MS });
    });
    const host = await bench.openHost([saga]);
    const handle = await host.sagas.start(saga, { id: 'saga-1', input: 'input', secret: 'canary' });
    await settled(host.sagas.signal('saga-1', 'approval', 'early'));
    gate.resolve();

    expect(await settled(handle.outcome())).toMatchObject({ completed: true, result: 'early' });
  });

  test('When it has another name, Then it is not what the saga waits for', async () => {
    await using bench = openBench();
    const saga = defineApproval(createWorld());
    const host = await bench.openHost([saga], { recover: true });
    await startWaiting(host, saga);
    await settled(host.sagas.signal('saga-1', 'refusal', 'no'));
    await until('a run has looked for it', async () => (await host.find()).fence > 1);
    await host.untilStatus('waiting');

    await settled(host.sagas.signal('saga-1', 'approval', 'yes'));
    await host.untilEnded();

    expect(await host.find()).toMatchObject({ status: 'completed', result: 'yes' });
  });

  test('When it comes twice with one dedupe key, Then it counts once', async () => {
    await using bench = openBench();
    const saga = lettersBy([], async (steps) => [
      await steps.waitFor('approval', { timeout: DAY_MS }),
      await steps.waitFor('approval of the other', { timeout: DAY_MS }),
    ]);
    const host = await bench.openHost([saga], { recover: true });
    await startWaiting(host, saga);
    const bring = (name: string, payload: string) =>
      settled(host.sagas.signal('saga-1', name, payload, { dedupeKey: 'one' }));

    expect([await bring('approval', 'first'), await bring('approval', 'second')]).toEqual([true, false]);
    expect(await bring('approval of the other', 'third')).toBe(true);
    await host.untilEnded();

    expect(await host.find()).toMatchObject({ status: 'completed', result: ['first', 'third'] });
    expect(await bring('approval', 'again')).toBe(false);
  });

  test('When its saga has ended, or there is none, Then it is refused with a clear error', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('A');
    const host = await bench.openHost([saga]);
    await host.run(saga, 'input');

    await expect(settled(host.sagas.signal('saga-1', 'approval'))).rejects.toMatchObject({
      name: 'NotPossible',
      code: 'saga_ended',
      status: 'completed',
    });
    await expect(settled(host.sagas.signal('saga-2', 'approval'))).rejects.toMatchObject({ code: 'saga_not_found' });
  });
});

describe('sagas that wait', () => {
  test('When a hundred do and the event for the last one comes, Then that one ends within a second', async () => {
    await using bench = openBench();
    const saga = defineApproval(createWorld());
    const host = await bench.openHost([saga], { recover: true });
    const ids = Array.from({ length: 100 }, (_, index) => `saga-${index}`);
    for (const id of ids) expect(await startWaiting(host, saga, id)).toMatchObject({ status: 'waiting', worker: null });
    const asked = Date.now();

    await settled(host.sagas.signal('saga-99', 'approval', 'yes'));
    await host.untilEnded('saga-99');

    expect(Date.now() - asked).toBeLessThan(1_000);
    expect(await host.find('saga-99')).toMatchObject({ status: 'completed', result: 'yes' });
    expect(await host.find('saga-98')).toMatchObject({ status: 'waiting' });
  });

  test('When a process that was not given the definition brings the event, Then another one goes on within a second', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = defineApproval(world);
    const starting = await bench.openHost([saga]);
    await startWaiting(starting, saga);
    void starting.kill();
    const bringing = await bench.openHost([]);
    const other = await bench.openHost([saga], { recover: true });
    const asked = Date.now();

    await settled(bringing.sagas.signal('saga-1', 'approval', { by: 'me' }));
    await other.untilEnded();

    expect(Date.now() - asked).toBeLessThan(1_000);
    expect(await other.find()).toMatchObject({ status: 'completed', result: { by: 'me' } });
    expect(world.trail).toEqual(['A', 'B']);
  });

  test('When no event comes in time, Then the wait throws `timed_out`, which the function may catch', async () => {
    await using bench = openBench();
    const caught: unknown[] = [];
    const world = createWorld();
    const a = world.step('A');
    const saga = lettersBy([a], async (steps, input) => {
      await steps.waitFor('approval', { timeout: 10_000 }).catch((error: unknown) => caught.push(error));
      return steps.step(a, input);
    });
    const host = await bench.openHost([saga], { recover: true });
    const begun = Date.now();
    await startWaiting(host, saga);
    await host.untilEnded();

    expect(Date.now() - begun).toBeGreaterThanOrEqual(10_000);
    expect(Date.now() - begun).toBeLessThan(11_000);
    expect(await host.find()).toMatchObject({ status: 'completed', result: 'did A' });
    expect(caught[0]).toBeInstanceOf(StepFailed);
    expect(caught[0]).toMatchObject({ step: 'approval', code: 'timed_out' });
  });
});
