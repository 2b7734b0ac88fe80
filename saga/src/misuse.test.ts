import { describe, expect, test } from 'vitest';
import { openBench, settled, until } from '../test/bench.ts';
import { createWorld, lettersBy } from '../test/letters.ts';
import { defineSaga, openSagas, type SagaRecord } from './index.ts';

/** Runs a saga over A and what the test adds, and returns it with the message of what was reported. */
async function runMisused(
  add: (world: ReturnType<typeof createWorld>) => Parameters<typeof lettersBy>,
): Promise<{ record: SagaRecord; message: unknown; world: ReturnType<typeof createWorld> }> {
  await using bench = openBench();
  const world = createWorld();
  const a = world.step('A');
  const [steps, run] = add(world);
  const saga = lettersBy([a, ...steps], async (saga_, input) => {
    await saga_.step(a, input);
    return run(saga_, input);
  });
  const host = await bench.openHost([saga]);
  const record = await host.run(saga, 'input');
  return { record, message: (host.errors[0]?.error as Error | undefined)?.message, world };
}

describe('a function', () => {
  test('When it throws between two steps, Then what was done is undone', async () => {
    const { record, world, message } = await runMisused(() => [
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
    const { record, world, message } = await runMisused(({ step }) => {
      const b = step('B');
      return [[b], (saga, input) => saga.step(b, input).then(() => saga.step(b, input))];
    });

    expect(record).toMatchObject({ status: 'compensated', failure: { code: 'used_twice' } });
    expect(message).toBe('B is used twice; give each use a key of its own');
    expect(world.trail).toEqual(['A', 'B', 'undo B', 'undo A']);
  });

  test('When it uses a key twice, Then the second use is refused by name and key', async () => {
    const { record, world, message } = await runMisused(({ step }) => {
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
    const { record, world, message } = await runMisused(({ step }) => [
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
    const slow = world.step('A', { run: () => gate.promise.then(() => world.perform('A')) });
    const pivot = world.step('B', { pivot: true });
    const saga = lettersBy([slow, pivot], (steps, input) =>
      Promise.all([steps.step(slow, input), steps.step(pivot, input)]),
    );
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

describe('a value that JSON cannot say', () => {
  const values: Array<[string, unknown, string]> = [
    ['a bigint', 1n, ' is a bigint, which is no JSON'],
    ['a Date inside', { at: [new Date(0)] }, '.at[0] is a Date, which is no JSON'],
    ['a number that is none', { fee: Number.NaN }, '.fee is NaN, which is no JSON'],
    ['a Map', new Map(), ' is a Map, which is no JSON'],
    ['a function', { callback: () => {} }, '.callback is a function, which is no JSON'],
  ];

  test.each(values)(
    'When a step returns %s, Then the message names its path and the saga is rolled back',
    async (_what, value, is) => {
      const { record, world, message } = await runMisused(({ step }) => {
        const b = step('B', { run: async () => value });
        return [[b], (saga, input) => saga.step(b, input)];
      });

      expect(record).toMatchObject({ status: 'compensated', failure: { step: 'B', code: 'not_json' } });
      expect(message).toBe(`letters, step B, result${is}`);
      expect(world.undone()).toEqual(['undo B', 'undo A']);
    },
  );

  test.each(values)(
    'When the function returns %s, Then the message names its path and the saga is rolled back',
    async (_what, value, is) => {
      const { record, world, message } = await runMisused(() => [[], async () => value]);

      expect(record).toMatchObject({ status: 'compensated', failure: { step: null, code: 'not_json' } });
      expect(message).toBe(`letters, result${is}`);
      expect(world.undone()).toEqual(['undo A']);
    },
  );

  test.each(values)(
    'When a saga is started with %s, Then that is refused and nothing begins',
    async (_what, value, is) => {
      await using bench = openBench();
      const world = createWorld();
      const saga = world.letters('A');
      const host = await bench.openHost([saga]);

      const starting = host.sagas.start(saga, { id: 'saga-1', input: value as string, secret: 'canary' });

      await expect(starting).rejects.toMatchObject({ code: 'not_json', message: `letters, input${is}` });
      expect(await host.sagas.find('saga-1')).toBeUndefined();
      expect(world.trail).toEqual([]);
    },
  );

  test('When a step returns members that are undefined, or nothing, Then the function gets what it gets after a crash', async () => {
    await using bench = openBench();
    const world = createWorld();
    const seen: unknown[] = [];
    const a = world.step('A', { run: async () => ({ at: '1970-01-01', nothing: undefined }) });
    const b = world.step('B', { run: async () => undefined });
    const c = world.step('C', { run: () => host.kill() });
    const define = (steps: (typeof a)[]) =>
      lettersBy(steps, async (saga, input) => {
        for (const step of steps) seen.push(await saga.step(step, input));
      });
    const dying = define([a, b, c]);
    const host = await bench.openHost([dying]);
    void host.sagas.start(dying, { id: 'saga-1', input: 'input', secret: 'canary' });
    await until('C is under way', () => seen.length === 2);

    const next = await bench.openHost([define([a, b, world.step('C')])], { recover: true });
    await next.untilEnded();

    expect(seen.slice(0, 2)).toEqual([{ at: '1970-01-01' }, null]);
    expect(seen.slice(2, 4)).toEqual(seen.slice(0, 2));
  });

  test('When a result is larger than allowed, Then it is refused with its name', async () => {
    const { record, message } = await runMisused(({ step }) => {
      const b = step('B', { run: async () => 'x'.repeat(256 * 1024) });
      return [[b], (saga, input) => saga.step(b, input)];
    });

    expect(record).toMatchObject({ status: 'compensated', failure: { step: 'B', code: 'too_large' } });
    expect(message).toBe('letters, step B, result is larger than 262144 bytes');
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
