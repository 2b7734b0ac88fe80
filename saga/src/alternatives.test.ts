import { describe, expect, test } from 'vitest';
import { openBench, until } from '../test/bench.ts';
import { createWorld, failingFirst, type LetterStep } from '../test/letters.ts';
import { Unclear } from '../test/unclear.ts';
import { defineSaga, Refusal, refused, type Saga, StepFailed } from './index.ts';

const full = async () => {
  throw new Refusal('full', { left: 0 });
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
    const [A, B] = [world.step('A', { run: full }), world.step('B')];
    const saga = sagaOf([A, B], (it) => it.step(A, '').catch(refused('full', () => it.step(B, ''))));
    const host = await bench.openHost([saga]);

    expect(await host.run(saga, 'input')).toMatchObject({ status: 'completed', failure: null });

    expect(world.trail).toEqual(['B']);
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

  test('When the function ends without another step, Then the step is undone before the saga completes', async () => {
    await using bench = openBench();
    const { A, ...world } = createUnclearWorld();
    const saga = sagaOf([A], (it) => it.step(A, '').catch(() => {}));
    const host = await bench.openHost([saga]);

    expect(await host.run(saga, 'input')).toMatchObject({ status: 'completed', steps: [{ undo: { status: 'done' } }] });

    expect(world.effects.size).toBe(0);
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
});

describe('what the function catches', () => {
  test('When it is replayed after a crash, Then it catches the same as the first time, and the step is not run again', async () => {
    await using bench = openBench();
    const world = createWorld();
    const caught: unknown[] = [];
    const note = (error: unknown) => {
      if (error instanceof Refusal) caught.push(['Refusal', error.code, error.data, error.step]);
      if (error instanceof StepFailed) caught.push(['StepFailed', error.code, error.data, error.step]);
    };
    const broken = async () => {
      throw Object.assign(new Unclear(), { data: { at: 'the bank' } });
    };
    const steps = [world.step('A', { run: full }), world.step('B', { run: broken }), world.step('C')] as const;
    const [A, B, C] = steps;
    const saga = sagaOf([...steps], async (it) => {
      await it.step(A, '').catch(note);
      await it.step(B, '').catch(note);
      await it.sleep('a while', '1s');
      await it.step(C, '');
    });
    const host = await bench.openHost([saga], { recover: true });

    await host.run(saga, 'input');
    await host.untilEnded();

    const once = [
      ['Refusal', 'full', { left: 0 }, 'A'],
      ['StepFailed', 'unclear', { at: 'the bank' }, 'B'],
    ];
    expect(caught).toEqual([...once, ...once]);
    expect((await host.find()).steps.slice(0, 2)).toMatchObject([{ attempts: 1 }, { attempts: 1 }]);
  });
});
