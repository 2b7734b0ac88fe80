import { describe, expect, test } from 'vitest';
import { defineApproval, startWaiting } from '../test/approval.ts';
import { openBench, settled, until } from '../test/bench.ts';
import { createWorld, lettersBy } from '../test/letters.ts';
import { StepFailed } from './index.ts';

const DAY_MS = 86_400_000;

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

  test('When a saga waits, Then it holds no lease and no secret, and who started it is told', async () => {
    await using bench = openBench();
    const seen: unknown[] = [];
    const world = createWorld();
    const b = world.step('B', {
      async run({ secret }) {
        seen.push(secret.value);
      },
    });
    const saga = lettersBy([b], async (steps, input) => {
      await steps.sleep('cool off', 1_000);
      await steps.step(b, input);
    });
    const host = await bench.openHost([saga], { recover: true });

    expect(await startWaiting(host, saga)).toMatchObject({ status: 'waiting', worker: null, dueAt: null });
    await host.untilEnded();

    expect(await host.find()).toMatchObject({ status: 'failed', failure: { step: 'B', code: 'secret_lost' } });
    expect(seen).toEqual([]);
  });
});

describe('a timer', () => {
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

  test('When the process dies meanwhile, Then the timer goes on and is not restarted', async () => {
    await using bench = openBench();
    const world = createWorld();
    const a = world.step('A');
    const saga = lettersBy([a], async (steps, input) => {
      await steps.sleep('cool off', '20s');
      await steps.step(a, input);
    });
    const begun = Date.now();
    const dead = await bench.openHost([saga]);
    await startWaiting(dead, saga);
    void dead.kill();
    await until('half of the time is over', () => Date.now() - begun > 10_000);

    const next = await bench.openHost([saga], { recover: true });
    await next.untilEnded();

    expect(Date.now() - begun).toBeGreaterThanOrEqual(20_000);
    expect(Date.now() - begun).toBeLessThan(21_000);
    expect(world.trail).toEqual(['A']);
  });

  test('When steps run beside it, Then the run ends when nothing but waits is open', async () => {
    await using bench = openBench();
    const world = createWorld();
    const gate = Promise.withResolvers<void>();
    const a = world.step('A', { run: () => gate.promise.then(() => world.perform('A')) });
    const saga = lettersBy([a], (steps, input) =>
      Promise.all([steps.sleep('cool off', 5_000), steps.step(a, input), steps.waitFor('go', { timeout: DAY_MS })]),
    );
    const host = await bench.openHost([saga], { recover: true });
    const handle = await host.sagas.start(saga, { id: 'saga-1', input: 'input', secret: 'canary' });
    expect(await host.find()).toMatchObject({ status: 'pending', worker: expect.any(String) });
    gate.resolve();

    const { status, worker, steps } = await settled(handle.rested());
    expect({ status, worker }).toEqual({ status: 'waiting', worker: null });
    expect(Object.fromEntries(steps.map((step) => [step.name, step.status]))).toEqual({
      A: 'done',
      'cool off': 'running',
      go: 'running',
    });
    await settled(host.sagas.signal('saga-1', 'go', 'now'));
    await host.untilEnded();

    expect(await host.find()).toMatchObject({ status: 'completed', result: [null, 'did A', 'now'] });
    expect(world.trail).toEqual(['A']);
  });
});
