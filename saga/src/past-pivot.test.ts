import { describe, expect, test } from 'vitest';
import { openBench, settled, until } from '../test/bench.ts';
import { createWorld, failingFirst, type LetterStep } from '../test/letters.ts';
import { defineSaga, Refusal, type Saga } from './index.ts';

const BY = { by: 'ops' };
const refuse = async () => {
  throw new Refusal('no_room');
};
const pivot = { pivot: true };
function sagaOf(steps: LetterStep[], run: (saga: Saga) => Promise<unknown>, deadlineMs = 60_000) {
  return defineSaga<string, string, string, never>('with a pivot', {
    deadlineMs,
    steps,
    run: async (saga) => {
      await run(saga);
      return 'done';
    },
  });
}

describe('past the pivot', () => {
  test('When a step takes longer than the deadline, Then it is not ended', async () => {
    await using bench = openBench();
    const world = createWorld();
    const slowly = () => new Promise<void>((resolve) => setTimeout(resolve, 2_000)).then(() => world.perform('B'));
    const saga = world.letters('PB', { P: pivot, B: { run: slowly } }, { deadlineMs: 500 });
    const host = await bench.openHost([saga]);

    expect(await host.run(saga, 'input')).toMatchObject({ status: 'completed' });
  });

  test('When a step fails again and again, Then it is retried until it is done', async () => {
    await using bench = openBench();
    const world = createWorld();
    const down = () => new Error('not there');
    const run = failingFirst(10, async () => world.perform('B'), down);
    const saga = world.letters('APB', { P: pivot, B: { run } });
    const host = await bench.openHost([saga], { recover: true });

    await host.run(saga, 'input');
    await host.untilEnded();

    expect(await host.find()).toMatchObject({ status: 'completed' });
    expect((await host.find()).steps[2]).toMatchObject({ attempts: 11 });
    expect(world.trail).toEqual(['A', 'P', 'B']);
  });

  test('When a step is refused, Then the saga is stuck at once with the reason, nothing is undone, and a retry goes on', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('APB', {
      P: pivot,
      B: {
        run: failingFirst(
          1,
          async () => 'B',
          () => new Refusal('no_room'),
        ),
      },
    });
    const host = await bench.openHost([saga]);

    const record = await host.run(saga, 'input');
    expect(record).toMatchObject({ status: 'stuck', goal: 'complete', reason: { code: 'no_room', step: 'B' } });
    await settled(host.sagas.retry('saga-1', BY));
    await host.untilEnded();

    expect(await host.find()).toMatchObject({ status: 'completed' });
    expect(world.undone()).toEqual([]);
  });

  test('When one attempt is too slow and does not heed its signal, Then the saga is not stuck', async () => {
    await using bench = openBench();
    const world = createWorld();
    const slowly = () => new Promise<void>((resolve) => setTimeout(resolve, 3_000)).then(() => world.perform('B'));
    const saga = world.letters('PB', { P: pivot, B: { run: slowly, timeoutMs: 100 } });
    const host = await bench.openHost([saga], { recover: true });

    expect(await host.run(saga, 'input')).toMatchObject({ status: 'pending', reason: { code: 'timed_out' } });
    await host.untilEnded();

    expect(await host.find()).toMatchObject({ status: 'completed' });
    expect(host.events.filter(({ status }) => status === 'stuck')).toEqual([]);
  });

  test('When one of two steps side by side is refused, Then the other one is not tried again after the run', async () => {
    await using bench = openBench();
    const world = createWorld();
    let calls = 0;
    const flaky = async () => {
      calls += 1;
      throw new Error('not there');
    };
    const [P, A, B] = [
      world.step('P', pivot),
      world.step('A', { run: flaky, retry: { firstWaitMs: 1_000 } }),
      world.step('B', { run: refuse }),
    ];
    const saga = sagaOf([P, A, B], async (it) => {
      await it.step(P, '');
      await Promise.all([it.step(A, ''), it.step(B, '')]);
    });
    const host = await bench.openHost([saga]);

    const record = await host.run(saga, 'input');
    expect(record).toMatchObject({ status: 'stuck', reason: { step: 'B' } });
    const over = Date.now();
    await until('A could have been tried again', () => Date.now() > over + 3_000);

    expect(calls).toBe(1);
  });

  test('When an operator cancels, Then it is refused with `past_pivot` and the saga goes on', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('APB', {
      P: pivot,
      B: {
        run: failingFirst(
          1,
          async () => 'B',
          () => new Refusal('no'),
        ),
      },
    });
    const host = await bench.openHost([saga]);
    await host.run(saga, 'input');

    await expect(host.sagas.cancel('saga-1', BY)).rejects.toMatchObject({ code: 'past_pivot', status: 'stuck' });

    expect(await host.find()).toMatchObject({ status: 'stuck', goal: 'complete', history: [] });
  });
});
