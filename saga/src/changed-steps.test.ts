import { describe, expect, test } from 'vitest';
import { openBench, settled, until } from '../test/bench.ts';
import { createWorld, type LetterStep, lettersBy, type World } from '../test/letters.ts';

/** A saga that calls some steps one after the other and declares some more. */
function calling(called: readonly LetterStep[], retired: readonly LetterStep[] = []) {
  return lettersBy(
    called,
    async (saga, input) => {
      for (const step of called) await saga.step(step, input);
    },
    { retired },
  );
}

const changes: Array<[string, (world: World) => ReturnType<typeof lettersBy>]> = [
  ['inserted', ({ step }) => calling([step('A'), step('X'), step('B'), step('C')])],
  ['prepended', ({ step }) => calling([step('X'), step('A'), step('B'), step('C')])],
  ['moved', ({ step }) => calling([step('C'), step('A'), step('B')])],
  ['no longer called', ({ step }) => calling([step('A'), step('C')], [step('B')])],
  [
    'renamed, and says so',
    ({ step }) => calling([step('A'), { ...step('B'), name: 'better', formerly: ['B'] }, step('C')]),
  ],
];

describe('a completed saga', () => {
  test.each(changes)('When a step was %s since, Then it is cancelled as before', async (_what, change) => {
    await using bench = openBench();
    const world = createWorld();
    const before = world.letters('ABC');
    const host = await bench.openHost([before]);
    await host.run(before, 'input');
    await settled(host.sagas.close());

    const next = await bench.openHost([change(world)], { recover: true });
    await settled(next.sagas.cancel('saga-1', { by: 'ops' }));
    await next.untilEnded();

    expect(await next.find()).toMatchObject({ status: 'cancelled' });
    expect(world.trail).toEqual(['A', 'B', 'C', 'undo C', 'undo B', 'undo A']);
  });

  test('When a step is declared no longer, Then cancelling it names that step as the reason, and it ends once it is declared again', async () => {
    await using bench = openBench();
    const world = createWorld();
    const before = world.letters('ABC');
    const host = await bench.openHost([before]);
    await host.run(before, 'input');
    await settled(host.sagas.close());

    const next = await bench.openHost([world.letters('AC')], { recover: true });
    await settled(next.sagas.cancel('saga-1', { by: 'ops' }));
    await next.untilStatus('stuck');
    expect(await next.find()).toMatchObject({ reason: { code: 'step_unknown', step: 'B' } });
    await settled(next.sagas.close());
    const right = await bench.openHost([before], { recover: true });
    await right.untilEnded();

    expect(await right.find()).toMatchObject({ status: 'cancelled', reason: null });
    expect(world.undone()).toEqual(['undo C', 'undo B', 'undo A']);
  });
});

describe('an undo', () => {
  test('When it comes long after its step, Then it gets what the log has of it: input, key and result', async () => {
    await using bench = openBench();
    const world = createWorld();
    const seen: unknown[] = [];
    const step = world.step('A', {
      run: async ({ input, key }) => `${input} by ${key}`,
      undo: async ({ id, input, key, result }) => void seen.push({ id, input, key, result }),
    });
    const before = lettersBy([step], async (saga) => {
      await saga.step(step, 'one', { key: 'first' });
      await saga.step(step, 'two', { key: 'second' });
    });
    const host = await bench.openHost([before]);
    await host.run(before, 'input');
    await settled(host.sagas.close());

    const next = await bench.openHost([calling([], [step])]);
    await settled(next.sagas.cancel('saga-1', { by: 'ops' }));
    await next.untilEnded();

    expect(seen).toEqual([
      { id: 'saga-1', input: 'two', key: 'second', result: 'two by second' },
      { id: 'saga-1', input: 'one', key: 'first', result: 'one by first' },
    ]);
  });
});

describe('a saga under way', () => {
  test('When a step was inserted and another one renamed since, Then what the log has is not run again', async () => {
    await using bench = openBench();
    const world = createWorld();
    const before = world.letters('ABC', { C: { run: () => host.kill() } });
    const host = await bench.openHost([before]);
    void host.sagas.start(before, { id: 'saga-1', input: 'input', secret: 'canary' });
    await until('C is under way', async () => (await host.sagas.find('saga-1'))?.steps.length === 3);

    const renamed: LetterStep = { ...world.step('B'), name: 'better', formerly: ['B'] };
    const after = calling([world.step('A'), world.step('X'), renamed, world.step('C')]);
    const next = await bench.openHost([after], { recover: true });
    await next.untilEnded();

    expect(await next.find()).toMatchObject({ status: 'completed' });
    expect(world.trail).toEqual(['A', 'B', 'X', 'C']);
  });
});
