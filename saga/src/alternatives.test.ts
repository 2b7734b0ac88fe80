import { describe, expect, test } from 'vitest';
import { openBench, until } from '../test/bench.ts';
import { createWorld, failingFirst, type LetterStep, lettersBy } from '../test/letters.ts';
import { Unclear } from '../test/unclear.ts';
import { defineSaga, Refusal, refused, type Saga } from './index.ts';

const full = async () => {
  throw new Refusal('full', { left: 0 });
};

const lose = async () => {
  throw new Unclear('the response is lost');
};

function sagaOf(steps: LetterStep[], run: (saga: Saga) => Promise<unknown>) {
  return defineSaga<string, string, string, never>('with alternatives', {
    steps,
    run: async (saga) => {
      await run(saga);
      return 'done';
    },
  });
}

/** A world where A has its effect and nobody learns of it. */
function createUnclearWorld() {
  const world = createWorld();
  const unclear = async () => {
    world.perform('A');
    throw new Unclear();
  };
  return { ...world, A: world.step('A', { run: unclear }), B: world.step('B') };
}

describe('a refusal that is caught', () => {
  test('When its code is the one that is foreseen, Then the alternative runs and nothing is undone', async () => {
    await using bench = openBench();
    const world = createWorld();
    const [a, b, c] = [world.step('A'), world.step('B', { run: full }), world.step('C')];
    const saga = lettersBy([a, b, c], async (steps, input) => {
      await steps.step(a, input);
      return steps.step(b, input).catch(refused('full', () => steps.step(c, input)));
    });
    const host = await bench.openHost([saga]);

    const record = await host.run(saga, 'input');

    expect(record).toMatchObject({ status: 'completed', result: 'did C', failure: null });
    expect(record.steps.map(({ status }) => status)).toEqual(['done', 'failed', 'done']);
    expect(world.trail).toEqual(['A', 'C']);
  });

  test('When its code is another one, Then the saga is rolled back', async () => {
    await using bench = openBench();
    const world = createWorld();
    const [A, B] = [world.step('A', { run: full }), world.step('B')];
    const saga = sagaOf([A, B], (it) => it.step(A, '').catch(refused('closed', () => it.step(B, ''))));
    const host = await bench.openHost([saga]);

    const record = await host.run(saga, 'input');

    expect(record).toMatchObject({ status: 'failed', failure: { step: 'A', code: 'full', data: { left: 0 } } });
    expect(world.trail).toEqual([]);
  });
});

describe('a failure that is caught and may have had its effect', () => {
  test('When an alternative follows, Then the step is undone on disk before that begins', async () => {
    await using bench = openBench();
    const { A, B, ...world } = createUnclearWorld();
    const saga = sagaOf([A, B], async (it) => {
      try {
        await it.step(A, '');
      } catch {
        await it.step(B, '');
      }
    });
    const host = await bench.openHost([saga]);
    const atBeginOfB: unknown[] = [];
    const { transaction } = host.store;
    host.store.transaction = async (...args) => {
      const result = await transaction(...args);
      const { steps } = await host.find();
      if (steps.length === 2 && atBeginOfB.length === 0) atBeginOfB.push(...world.trail, steps[0]?.undo?.status);
      return result;
    };

    const record = await host.run(saga, 'input');

    expect(record).toMatchObject({ status: 'completed', steps: [{ status: 'unknown', undo: { status: 'done' } }, {}] });
    expect(world.trail).toEqual(['A', 'undo A', 'B']);
    expect(atBeginOfB).toEqual(['A', 'undo A', 'done']);
  });

  test('When the function ends right after it, Then the failed step is undone before the saga completes', async () => {
    await using bench = openBench();
    const world = createWorld();
    const undos: unknown[] = [];
    const b = world.step('B', { run: lose, undo: async () => void undos.push((await host.find()).status) });
    const saga = lettersBy([b], async (steps, input) => {
      await steps.step(b, input).catch(() => {});
    });
    const host = await bench.openHost([saga]);

    expect(await host.run(saga, 'input')).toMatchObject({ status: 'completed', steps: [{ undo: { status: 'done' } }] });
    expect(undos).toEqual(['pending']);
  });

  test('When the process dies in the undo, Then the next one undoes the step before the alternative begins', async () => {
    await using bench = openBench();
    const { A, B, ...world } = createUnclearWorld();
    let isDying = true;
    const dying: LetterStep = { ...A, undo: async () => (isDying ? first.kill() : world.undo('A')) };
    const saga = sagaOf([dying, B], (it) => it.step(dying, '').catch(() => it.step(B, '')));
    const first = await bench.openHost([saga]);
    await first.sagas.start(saga, { id: 'saga-1', input: 'input' });
    await until('the undo has begun', async () => (await first.find()).steps[0]?.undo?.status === 'running');

    isDying = false;
    const second = await bench.openHost([saga], { recover: true, exclusive: true });
    await second.untilEnded();

    expect(await second.find()).toMatchObject({ status: 'completed' });
    expect(world.trail).toEqual(['A', 'undo A', 'B']);
  });

  test('When the undo fails at first, Then the alternative waits for it, over several runs', async () => {
    await using bench = openBench();
    const { A, B, ...world } = createUnclearWorld();
    const undo = failingFirst(
      7,
      async () => world.undo('A'),
      () => new Error('not there'),
    );
    const step: LetterStep = { ...A, undo };
    const saga = sagaOf([step, B], (it) => it.step(step, '').catch(() => it.step(B, '')));
    const host = await bench.openHost([saga], { recover: true });

    await host.run(saga, 'input');
    await host.untilEnded();

    expect(await host.find()).toMatchObject({ status: 'completed' });
    expect(world.trail).toEqual(['A', 'undo A', 'B']);
  });

  test('When another step fails while the undo runs, Then that one is undone as well before the next begins', async () => {
    await using bench = openBench();
    const { A, B, ...world } = createUnclearWorld();
    const slowly = async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      world.undo('A');
    };
    const slow: LetterStep = { ...A, undo: slowly };
    const late = async () => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      world.perform('C');
      throw new Unclear();
    };
    const C = world.step('C', { run: late });
    const saga = sagaOf([slow, B, C], (it) =>
      Promise.allSettled([it.step(slow, '').catch(() => it.step(B, '')), it.step(C, '')]),
    );
    const host = await bench.openHost([saga]);

    expect(await host.run(saga, 'input')).toMatchObject({ status: 'completed' });

    expect(world.trail).toEqual(['A', 'C', 'undo A', 'undo C', 'B']);
  });

  test('When the alternative fails as well, Then all is undone, what was undone before not again', async () => {
    await using bench = openBench();
    const world = createWorld();
    const [a, b, c] = [world.step('A'), world.step('B', { run: lose }), world.step('C', { run: lose })];
    const saga = lettersBy([a, b, c], async (steps, input) => {
      await steps.step(a, input);
      return steps.step(b, input).catch(() => steps.step(c, input));
    });
    const host = await bench.openHost([saga]);

    expect(await host.run(saga, 'input')).toMatchObject({ status: 'compensated', failure: { step: 'C' } });
    expect(world.undone()).toEqual(['undo B', 'undo C', 'undo A']);
  });
});
