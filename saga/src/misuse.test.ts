import { describe, expect, test } from 'vitest';
import { openBench, settled, until } from '../test/bench.ts';
import { createWorld, lettersBy } from '../test/letters.ts';
import { runFunction } from '../test/run-function.ts';
import { defineSaga, openSagas } from './index.ts';

describe('a function', () => {
  test('When it throws between two steps, Then what was done is undone', async () => {
    const { record, world, message } = await runFunction(() => [
      [],
      async () => {
        throw new TypeError('a bug');
      },
    ]);

    expect(record).toMatchObject({ status: 'compensated', failure: { step: null, code: 'unexpected_error' } });
    expect(world.undone()).toEqual(['undo A']);
    expect(message).toBe('a bug');
  });

  test('When it uses a step twice without a key, Then the second use is refused by name', async () => {
    const { record, world, message } = await runFunction(({ step }) => {
      const b = step('B');
      return [[b], (saga, input) => saga.step(b, input).then(() => saga.step(b, input))];
    });

    expect(record).toMatchObject({ status: 'compensated', failure: { code: 'used_twice' } });
    expect(message).toBe('B is used twice; give each use a key of its own');
    expect(world.trail).toEqual(['A', 'B', 'undo B', 'undo A']);
  });

  test('When it uses a key twice, Then the second use is refused by name and key', async () => {
    const { record, world, message } = await runFunction(({ step }) => {
      const b = step('B');
      const run = async (...[saga, input]: Parameters<Parameters<typeof lettersBy>[1]>) => {
        for (const key of ['one', 'two', 'one']) await saga.step(b, input, { key });
      };
      return [[b], run];
    });

    expect(record).toMatchObject({ status: 'compensated', failure: { code: 'used_twice' } });
    expect(message).toContain('B with the key one is used twice');
    expect(world.trail).toEqual(['A', 'B', 'B', 'undo B', 'undo B', 'undo A']);
  });

  test('When it calls a step that is not declared, Then that is refused by name and what was done is undone', async () => {
    const { record, world, message } = await runFunction(({ step }) => [
      [],
      (saga, input) => saga.step(step('B'), input),
    ]);

    expect(record).toMatchObject({ status: 'compensated', failure: { code: 'step_not_declared' } });
    expect(message).toBe('the step B is not among the steps of letters');
    expect(world.trail).toEqual(['A', 'undo A']);
  });

  test('When it begins a pivot beside another step, Then that is refused and the saga is rolled back once the first has settled', async () => {
    await using bench = openBench();
    const world = createWorld();
    const gate = Promise.withResolvers<void>();
    const underWay = Promise.withResolvers<void>();
    const slow = world.step('A', {
      async run() {
        underWay.resolve();
        await gate.promise;
        return world.perform('A');
      },
    });
    const pivot = world.step('B', { pivot: true });
    const saga = lettersBy([slow, pivot], async (steps, input) => {
      const first = steps.step(slow, input);
      await underWay.promise;
      return Promise.all([first, steps.step(pivot, input)]);
    });
    const host = await bench.openHost([saga]);

    const handle = await host.sagas.start(saga, { id: 'saga-1', input: 'input', secret: 'canary' });
    await until('it is refused', () => host.errors.length > 0);
    gate.resolve();
    const record = await settled(handle.rested());

    expect(host.errors[0]?.error).toMatchObject({
      code: 'pivot_not_alone',
      message: 'B began beside another step; a pivot runs alone',
    });
    expect(record).toMatchObject({ status: 'compensated', failure: { code: 'pivot_not_alone' } });
    expect(world.trail).toEqual(['A', 'undo A']);
    expect(world.effects).toEqual(new Set());
  });
});

describe('a process', () => {
  test('When it is given two definitions of one name and version, Then it does not open', async () => {
    await using bench = openBench();
    const { store } = await bench.openHost([]);
    const [one, other] = [createWorld().letters('A'), createWorld().letters('B')];

    const opening = openSagas({ store, definitions: [one, other] });

    await expect(opening).rejects.toMatchObject({
      code: 'duplicate_definition',
      message: 'two definitions are called letters, version 1',
    });
  });

  test('When a saga declares two steps of one name, Then it is refused by name', () => {
    const { step } = createWorld();
    const declare = (steps: ReturnType<typeof step>[]) => () => lettersBy(steps, async () => null);

    expect(declare([step('A'), step('A')])).toThrow('letters has two steps named A');
    expect(declare([step('A'), { ...step('B'), formerly: ['A'] }])).toThrow('letters has two steps named A');
    expect(() => defineSaga<string, null, string, never>('\n', { steps: [], run: async () => null })).toThrow(
      expect.objectContaining({ code: 'bad_name' }),
    );
  });
});
