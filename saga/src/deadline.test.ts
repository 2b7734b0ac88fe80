import { describe, expect, test } from 'vitest';
import { forever, openBench, settled } from '../test/bench.ts';
import { createWorld } from '../test/letters.ts';
import { defineSaga } from './index.ts';

const DEADLINE_MS = 5_000;

describe('the deadline', () => {
  test('When a step hangs and does not heed its signal, Then it ends all the same and is undone', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('AB', { B: { run: () => forever } });
    const host = await bench.openHost([saga], { deadlineMs: DEADLINE_MS });

    const { ended } = await host.runner.start(saga, 'saga-1', 'input', { secret: 'canary' });
    const record = await settled(ended);

    expect(record).toMatchObject({ status: 'compensated', failure: { step: 'B', code: 'deadline_exceeded' } });
    expect(record.steps[1]).toMatchObject({ status: 'unknown', attempts: 1 });
    expect(world.undone()).toEqual(['undo B', 'undo A']);
  });

  test('When it passes while a step waits for its next attempt, Then the wait is over and the last failure counts', async () => {
    await using bench = openBench();
    const world = createWorld();
    let calls = 0;
    const run = async () => {
      calls += 1;
      throw new Error('nobody answers');
    };
    const saga = world.letters('A', { A: { run } });
    const host = await bench.openHost([saga], { deadlineMs: DEADLINE_MS });

    const { ended } = await host.runner.start(saga, 'saga-1', 'input', { secret: 'canary' });
    const record = await settled(ended);
    const [step] = record.steps;

    expect(record).toMatchObject({ status: 'compensated', failure: { step: 'A', code: 'unexpected_error' } });
    expect(step?.attempts).toBe(calls);
    expect(calls).toBeGreaterThan(1);
    expect((step?.endedAt ?? 0) - (step?.startedAt ?? 0)).toBeLessThan(DEADLINE_MS + 20);
  });

  test('When it has passed before a step begins, Then that step neither runs nor is undone', async () => {
    await using bench = openBench();
    const world = createWorld();
    const passed = Promise.withResolvers<void>();
    const saga = defineSaga('letters', async (steps, _input: string) => {
      await steps.step('A', {
        ...world.step('A'),
        async run(attempt) {
          attempt.signal.addEventListener('abort', () => passed.resolve());
          await world.step('A').run(attempt);
        },
      });
      await passed.promise;
      await steps.step('B', world.step('B'));
    });
    const host = await bench.openHost([saga], { deadlineMs: DEADLINE_MS });

    const { ended } = await host.runner.start(saga, 'saga-1', 'input', { secret: 'canary' });
    const record = await settled(ended);

    expect(record).toMatchObject({ status: 'compensated', failure: { step: 'B', code: 'deadline_exceeded' } });
    expect(record.steps[1]).toMatchObject({ status: 'failed', attempts: 0, undo: { status: 'registered' } });
    expect(world.trail).toEqual(['A', 'undo A']);
  });

  test('When the answer comes after it, Then it changes nothing', async () => {
    await using bench = openBench();
    const world = createWorld();
    const answer = Promise.withResolvers<string>();
    const saga = world.letters('A', { A: { run: () => answer.promise } });
    const host = await bench.openHost([saga], { deadlineMs: DEADLINE_MS });
    const { ended } = await host.runner.start(saga, 'saga-1', 'input', { secret: 'canary' });
    await settled(ended);
    const before = await host.find();

    answer.resolve('too late');
    await host.store.ping();

    expect(await host.find()).toEqual(before);
    expect(before.status).toBe('compensated');
  });
});
