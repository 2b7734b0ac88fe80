import { describe, expect, test } from 'vitest';
import { openBench, settled, until } from '../test/bench.ts';
import { createWorld } from '../test/letters.ts';
import { Unclear } from '../test/unclear.ts';
import { defineSaga, type Saga } from './index.ts';

const tell = (story: (saga: Saga) => Promise<unknown>) => defineSaga('letters', (saga, _input: string) => story(saga));

const lose = async () => {
  throw new Unclear('the answer is lost');
};

describe('a story', () => {
  test('When it takes two steps side by side, Then it fails clearly and unwinds once the first has come to rest', async () => {
    await using bench = openBench();
    const world = createWorld();
    const gate = Promise.withResolvers<void>();
    let error: unknown;
    const slow = { ...world.step('A'), run: () => gate.promise.then(() => world.step('A').run({} as never)) };
    const saga = tell(async (steps) => {
      const both = Promise.all([steps.step('A', slow), steps.step('B', world.step('B'))]);
      return both.catch((cause: unknown) => {
        error = cause;
        throw cause;
      });
    });
    const host = await bench.openHost([saga]);

    const { ended } = await host.runner.start(saga, 'saga-1', 'input', { secret: 'canary' });
    await until('the story has failed', () => error);
    gate.resolve();
    const record = await settled(ended);

    expect(error).toMatchObject({ message: 'the step B began while another one was running' });
    expect(record).toMatchObject({ status: 'compensated', failure: { step: 'B', code: 'unexpected_error' } });
    expect(world.trail).toEqual(['A', 'undo A']);
    expect(world.effects).toEqual(new Set());
  });

  test('When it does not wait for a step that fails, Then the saga unwinds and nothing goes unhandled', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = tell(async (steps) => {
      await steps.step('A', world.step('A'));
      void steps.step('B', { ...world.step('B'), run: lose });
      return 'done';
    });
    const host = await bench.openHost([saga]);

    expect(await host.tell(saga, 'input')).toMatchObject({ status: 'compensated', failure: { step: 'B' } });
    expect(world.undone()).toEqual(['undo B', 'undo A']);
  });

  test('When it swallows the failure of a step, Then no later step runs and the saga unwinds', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = tell(async (steps) => {
      await steps.step('A', world.step('A'));
      await steps.step('B', { ...world.step('B'), run: lose }).catch(() => {});
      await steps.step('C', world.step('C')).catch(() => {});
      return 'all well';
    });
    const host = await bench.openHost([saga]);

    const record = await host.tell(saga, 'input');

    expect(record).toMatchObject({ status: 'compensated', result: null, failure: { step: 'B', code: 'unclear' } });
    expect(world.trail).toEqual(['A', 'undo B', 'undo A']);
  });

  test('When it throws between two steps, Then what was done is undone', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = tell(async (steps) => {
      await steps.step('A', world.step('A'));
      throw new TypeError('a bug');
    });
    const host = await bench.openHost([saga]);

    const record = await host.tell(saga, 'input');

    expect(record).toMatchObject({ status: 'compensated', failure: { step: null, code: 'unexpected_error' } });
    expect(world.undone()).toEqual(['undo A']);
  });

  test.each([
    [
      'a step',
      async (steps: Saga, world: ReturnType<typeof createWorld>) => {
        await steps.step('A', world.step('A'));
        await steps.step('B', { ...world.step('B'), run: async () => 1n });
      },
    ],
    [
      'the story',
      async (steps: Saga, world: ReturnType<typeof createWorld>) => {
        await steps.step('A', world.step('A'));
        return 1n;
      },
    ],
  ])('When the result of %s is not JSON, Then the saga unwinds', async (_what, story) => {
    await using bench = openBench();
    const world = createWorld();
    const saga = tell((steps) => story(steps, world));
    const host = await bench.openHost([saga]);

    expect(await host.tell(saga, 'input')).toMatchObject({ status: 'compensated' });
    expect(world.undone().at(-1)).toBe('undo A');
  });

  test('When a step returns something that JSON changes, Then the story gets what it will get after a crash', async () => {
    await using bench = openBench();
    const seen: unknown[] = [];
    const saga = tell(async (steps) => {
      seen.push(await steps.step('A', { run: async () => ({ at: new Date(0), nothing: undefined }) }));
      seen.push(await steps.step('B', { run: async () => undefined }));
    });
    const host = await bench.openHost([saga]);

    await host.tell(saga, 'input');

    expect(seen).toEqual([{ at: '1970-01-01T00:00:00.000Z' }, null]);
  });
});
