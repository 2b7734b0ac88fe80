import { describe, expect, test } from 'vitest';
import { openBench, until } from '../test/bench.ts';
import { createWorld, lettersBy } from '../test/letters.ts';
import { runFunction } from '../test/run-function.ts';

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
      const { record, world, message } = await runFunction(({ step }) => {
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
      const { record, world, message } = await runFunction(() => [[], async () => value]);

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
    const { record, message } = await runFunction(({ step }) => {
      const b = step('B', { run: async () => 'x'.repeat(256 * 1024) });
      return [[b], (saga, input) => saga.step(b, input)];
    });

    expect(record).toMatchObject({ status: 'compensated', failure: { step: 'B', code: 'too_large' } });
    expect(message).toBe('letters, step B, result is larger than 262144 bytes');
  });
});
