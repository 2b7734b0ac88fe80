import { describe, expect, test } from 'vitest';
import { openBench } from '../test/bench.ts';
import { createWorld, type LetterStep } from '../test/letters.ts';
import { Unclear } from '../test/unclear.ts';
import { defineSaga, Refusal, type Saga } from './index.ts';

const refuse = async () => {
  throw new Refusal('no_room');
};
const after = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

function sagaOf(steps: LetterStep[], run: (saga: Saga) => Promise<unknown>) {
  return defineSaga<string, string, string, never>('side by side', {
    steps,
    run: async (saga) => {
      await run(saga);
      return 'done';
    },
  });
}

describe('steps begun together', () => {
  test('When they run, Then all of them begin with one write before any has ended', async () => {
    await using bench = openBench();
    const world = createWorld();
    const [A, B, C] = [...'ABC'].map((name) =>
      world.step(name, { run: () => after(100).then(() => world.perform(name)) }),
    );
    const steps = [A, B, C] as LetterStep[];
    const saga = sagaOf(steps, (it) => Promise.all(steps.map((step) => it.step(step, ''))));
    const host = await bench.openHost([saga]);

    const { record } = await host.sagas.start(saga, { id: 'saga-1', input: 'input' });
    expect(record.steps.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'A running',
      'B running',
      'C running',
    ]);
    await host.untilEnded();

    expect(world.trail).toEqual(['A', 'B', 'C']);
  });

  test('When they end together, Then the writes of the saga come one after the other', async () => {
    await using bench = openBench();
    const world = createWorld();
    const steps = [...'ABCDEF'].map((name) => world.step(name));
    const pairs = [0, 2, 4].map((at) => steps.slice(at, at + 2) as [LetterStep, LetterStep]);
    const saga = sagaOf(steps, (it) =>
      Promise.all(pairs.map(([first, second]) => it.step(first, '').then(() => it.step(second, '')))),
    );
    const host = await bench.openHost([saga]);
    const { transaction } = host.store;
    let writing = 0;
    let most = 0;
    host.store.transaction = async (...args) => {
      writing += 1;
      most = Math.max(most, writing);
      return transaction(...args).finally(() => {
        writing -= 1;
      });
    };

    expect(await host.run(saga, 'input')).toMatchObject({ status: 'completed' });

    expect(most).toBe(1);
  });

  test('When the function has returned, Then a step that it did not wait for decides as well', async () => {
    await using bench = openBench();
    const world = createWorld();
    const [A, B] = [world.step('A'), world.step('B', { run: () => after(100).then(refuse) })];
    const saga = sagaOf([A, B], async (it) => {
      void it.step(B, '');
      await it.step(A, '');
    });
    const host = await bench.openHost([saga]);

    expect(await host.run(saga, 'input')).toMatchObject({ status: 'compensated', failure: { code: 'no_room' } });
    expect(world.undone()).toEqual(['undo A']);
  });
});

describe('one of several that fails', () => {
  test('When the others end late, Then compensation waits for them and goes in reverse order of beginning', async () => {
    await using bench = openBench();
    const world = createWorld();
    const late = (name: string, ms: number) =>
      world.step(name, { run: () => after(ms).then(() => world.perform(name)) });
    const steps = [late('A', 600), late('B', 300), world.step('C', { run: refuse }), late('D', 500)];
    const saga = sagaOf(steps, (it) => Promise.all(steps.map((step) => it.step(step, ''))));
    const host = await bench.openHost([saga]);

    expect(await host.run(saga, 'input')).toMatchObject({ status: 'compensated' });

    expect(world.trail).toEqual(['B', 'D', 'A', 'undo D', 'undo B', 'undo A']);
  });

  test('When undos take long, Then one is over before the next one begins', async () => {
    await using bench = openBench();
    const world = createWorld();
    let running = 0;
    let most = 0;
    const undo = async () => {
      running += 1;
      most = Math.max(most, running);
      await after(100);
      running -= 1;
    };
    const steps = [...'ABC'].map((name) => world.step(name, { undo }));
    const last = world.step('D', { run: refuse });
    const saga = sagaOf([...steps, last], async (it) => {
      await Promise.all(steps.map((step) => it.step(step, '')));
      await it.step(last, '');
    });
    const host = await bench.openHost([saga]);

    expect(await host.run(saga, 'input')).toMatchObject({ status: 'compensated' });

    expect(most).toBe(1);
  });

  test('When the process dies after two have failed, Then the function gets the error that came first', async () => {
    await using bench = openBench();
    const world = createWorld();
    const lose = async () => {
      await after(100);
      throw new Unclear();
    };
    const [A, B, C] = [world.step('A', { run: lose }), world.step('B', { run: refuse }), world.step('C')];
    let caught: string[] = [];
    const saga = defineSaga<string, string, string, never>('side by side', {
      steps: [A, B, C],
      async run(it) {
        await Promise.all([it.step(A, ''), it.step(B, '')]).catch(({ code }) => caught.push(code));
        await it.sleep('a while', '1s');
        await it.step(C, '');
        return 'done';
      },
    });
    const first = await bench.openHost([saga]);
    await first.run(saga, 'input');
    expect(await first.find()).toMatchObject({ status: 'waiting' });
    expect(caught).toEqual(['no_room']);
    first.kill();
    caught = [];

    const second = await bench.openHost([saga], { recover: true });
    await second.untilEnded();

    expect(await second.find()).toMatchObject({ status: 'completed' });
    expect(caught).toEqual(['no_room']);
    expect(world.trail).toEqual(['undo A', 'C']);
  });
});
