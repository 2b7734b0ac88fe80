import { describe, expect, test } from 'vitest';
import { openBench } from '../test/bench.ts';
import { createWorld, failingFirst } from '../test/letters.ts';
import { type FailureTraits, Refusal } from './index.ts';

class Broken extends Error implements FailureTraits {
  readonly noSideEffect: boolean;
  readonly retryable: boolean;
  readonly code = 'broken';

  constructor(traits: Pick<FailureTraits, 'noSideEffect' | 'retryable'>) {
    super('broken');
    this.noSideEffect = traits.noSideEffect;
    this.retryable = traits.retryable;
  }
}

describe('a step that fails', () => {
  test('When it is retryable, Then it is retried after growing waits, and every failure is recorded', async () => {
    await using bench = openBench();
    const world = createWorld();
    const failure = () => new Broken({ noSideEffect: false, retryable: true });
    const run = failingFirst(8, async () => 'at last', failure);
    const saga = world.letters('A', { A: { run } });
    const host = await bench.openHost([saga]);

    const record = await host.run(saga, 'input');

    expect(record).toMatchObject({ status: 'completed', result: ['at last'] });
    const [step] = record.steps;
    expect(step).toMatchObject({ status: 'done', attempts: 9, code: null });
    expect(step?.failures.map(({ code }) => code)).toEqual(Array(8).fill('broken'));
    const at = step?.failures.map((failed) => failed.at) ?? [];
    const waits = at.slice(1).map((time, index) => time - (at[index] ?? 0));
    expect(Math.max(...waits.slice(-3))).toBeGreaterThan(Math.max(...waits.slice(0, 2)));
    expect(Math.max(...waits)).toBeLessThanOrEqual(1_100);
    const failed = host.events.filter(({ status }) => status === 'attempt_failed');
    expect(failed.map(({ attempts }) => attempts)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test('When a step and its undo name waits of their own, Then those count', async () => {
    await using bench = openBench();
    const world = createWorld();
    const fail = () => new Broken({ noSideEffect: false, retryable: true });
    const saga = world.letters('AB', {
      A: {
        undo: failingFirst(2, async () => world.undo('A'), fail),
        undoRetry: { firstWaitMs: 4_000, longestWaitMs: 4_000 },
      },
      B: {
        run: failingFirst(3, async () => Promise.reject(new Refusal('no')), fail),
        retry: { firstWaitMs: 10_000, longestWaitMs: 20_000 },
        undo: undefined as never,
      },
    });
    const host = await bench.openHost([saga]);

    const { status, steps } = await host.run(saga, 'input');

    expect(status).toBe('compensated');
    const waitsOf = (failures: ReadonlyArray<{ at: number }> = []) =>
      failures.slice(1).map(({ at }, index) => at - (failures[index]?.at ?? 0));
    const [first = 0, second = 0, third = 0] = waitsOf(steps[1]?.failures);
    expect([first >= 5_000, first < 10_100, second >= 10_000, second < 20_100, third < 20_100]).not.toContain(false);
    const [wait = 0] = waitsOf(steps[0]?.undo?.failures);
    expect([wait >= 2_000, wait < 4_100]).not.toContain(false);
  });

  test('When an error says nothing of itself, Then it counts as retryable and as possibly done', async () => {
    await using bench = openBench();
    const world = createWorld();
    const run = failingFirst(
      1,
      async () => Promise.reject(new Refusal('no')),
      () => new Error('nothing is known'),
    );
    const saga = world.letters('A', { A: { run } });
    const host = await bench.openHost([saga]);

    const record = await host.run(saga, 'input');

    expect(record).toMatchObject({ status: 'compensated', failure: { code: 'no' } });
    expect(record.steps[0]?.failures.map(({ code }) => code)).toEqual(['unexpected_error', 'no']);
    expect(world.undone()).toEqual(['undo A']);
  });

  test('When it refuses, Then it is not retried', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('A', { A: { run: async () => Promise.reject(new Refusal('no')) } });
    const host = await bench.openHost([saga]);

    expect((await host.run(saga, 'input')).steps[0]).toMatchObject({ status: 'failed', attempts: 1, code: 'no' });
  });

  test('When it is neither retryable nor had a side effect, Then it is neither retried nor undone', async () => {
    await using bench = openBench();
    const world = createWorld();
    const run = async () => Promise.reject(new Broken({ noSideEffect: true, retryable: false }));
    const saga = world.letters('AB', { B: { run } });
    const host = await bench.openHost([saga]);

    const record = await host.run(saga, 'input');

    expect(record).toMatchObject({ status: 'compensated', failure: { step: 'B', code: 'broken' } });
    expect(record.steps[1]).toMatchObject({ status: 'failed', attempts: 1 });
    expect(world.undone()).toEqual(['undo A']);
  });

  test('When it fails for very long, Then only its last failures are kept', async () => {
    await using bench = openBench();
    const world = createWorld();
    const run = failingFirst(
      30,
      async () => 'at last',
      () => new Broken({ noSideEffect: true, retryable: true }),
    );
    const saga = world.letters('A', { A: { run } });
    const host = await bench.openHost([saga]);

    const [step] = (await host.run(saga, 'input')).steps;

    expect(step).toMatchObject({ attempts: 31, status: 'done' });
    expect(step?.failures).toHaveLength(20);
  });
});
