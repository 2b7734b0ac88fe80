import { describe, expect, test } from 'vitest';
import { openBench } from '../test/bench.ts';
import { createWorld, failingFirst } from '../test/letters.ts';
import { type FailureTraits, Refusal, type SagaEvent } from './index.ts';

class Broken extends Error implements FailureTraits {
  readonly withoutEffect: boolean;
  readonly worthRepeating: boolean;
  readonly code = 'broken';

  constructor(traits: Pick<FailureTraits, 'withoutEffect' | 'worthRepeating'>) {
    super('broken');
    this.withoutEffect = traits.withoutEffect;
    this.worthRepeating = traits.worthRepeating;
  }
}

describe('a step that fails', () => {
  test('When it is worth repeating, Then it is, after growing waits, and every failure is recorded', async () => {
    await using bench = openBench();
    const world = createWorld();
    const events: SagaEvent[] = [];
    const failure = () => new Broken({ withoutEffect: false, worthRepeating: true });
    const run = failingFirst(8, async () => 'at last', failure);
    const saga = world.letters('A', { A: { run } });
    const host = await bench.openHost([saga], { observe: (_record, event) => void events.push(event) });

    const record = await host.tell(saga, 'input');

    expect(record).toMatchObject({ status: 'completed', result: ['at last'] });
    const [step] = record.steps;
    expect(step).toMatchObject({ status: 'done', attempts: 9, code: null });
    expect(step?.failures.map(({ code }) => code)).toEqual(Array(8).fill('broken'));
    const at = step?.failures.map((failed) => failed.at) ?? [];
    const waits = at.slice(1).map((time, index) => time - (at[index] ?? 0));
    expect(Math.max(...waits.slice(-3))).toBeGreaterThan(Math.max(...waits.slice(0, 2)));
    expect(Math.max(...waits)).toBeLessThanOrEqual(1_100);
    expect(events.filter(({ status }) => status === 'attempt_failed').map(({ attempts }) => attempts)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8,
    ]);
  });

  test('When an error says nothing of itself, Then it counts as repeatable and as possibly done', async () => {
    await using bench = openBench();
    const world = createWorld();
    const run = failingFirst(
      1,
      async () => Promise.reject(new Refusal('no')),
      () => new Error('who knows'),
    );
    const saga = world.letters('A', { A: { run } });
    const host = await bench.openHost([saga]);

    const record = await host.tell(saga, 'input');

    expect(record).toMatchObject({ status: 'compensated', failure: { code: 'no' } });
    expect(record.steps[0]?.failures.map(({ code }) => code)).toEqual(['unexpected_error', 'no']);
    expect(world.undone()).toEqual(['undo A']);
  });

  test('When it refuses, Then it is not repeated', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('A', { A: { run: async () => Promise.reject(new Refusal('no')) } });
    const host = await bench.openHost([saga]);

    expect((await host.tell(saga, 'input')).steps[0]).toMatchObject({ status: 'failed', attempts: 1, code: 'no' });
  });

  test('When it is neither worth repeating nor had an effect, Then it is neither repeated nor undone', async () => {
    await using bench = openBench();
    const world = createWorld();
    const run = async () => Promise.reject(new Broken({ withoutEffect: true, worthRepeating: false }));
    const saga = world.letters('AB', { B: { run } });
    const host = await bench.openHost([saga]);

    const record = await host.tell(saga, 'input');

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
      () => new Broken({ withoutEffect: true, worthRepeating: true }),
    );
    const saga = world.letters('A', { A: { run } });
    const host = await bench.openHost([saga]);

    const [step] = (await host.tell(saga, 'input')).steps;

    expect(step).toMatchObject({ attempts: 31, status: 'done' });
    expect(step?.failures).toHaveLength(20);
  });
});
