import type { Kysely } from 'kysely';
import { describe, expect, test } from 'vitest';
import { type BenchTables, openBench, settled, until } from '../test/bench.ts';
import { createWorld } from '../test/letters.ts';
import { Refusal, type SagaRecord } from './index.ts';

async function note(tables: Kysely<BenchTables>, text: string): Promise<void> {
  await tables.insertInto('notes').values({ text }).execute();
}
const notesOf = async (store: { read: Kysely<BenchTables> }) =>
  (await store.read.selectFrom('notes').select('text').execute()).map(({ text }) => text);

const refuse = async () => {
  throw new Refusal('no');
};

/** A hook that notes each decision, and throws after that as often as told. */
function createDecided(failures: number) {
  let failed = 0;
  return async (tables: Kysely<BenchTables>, { status }: SagaRecord) => {
    await note(tables, status);
    failed += 1;
    if (failed <= failures) throw new Error('the hook fails');
  };
}

describe('`within`', () => {
  test('When it writes, Then that is on disk with the saga', async () => {
    await using bench = openBench();
    const world = createWorld();
    const host = await bench.openHost([world.letters('A')]);

    const { ended } = await host.runner.start(world.letters('A'), 'saga-1', 'input', {
      secret: 'canary',
      within: (tables, { id }) => note(tables, `begun ${id}`),
    });

    expect(await notesOf(host.store)).toEqual(['begun saga-1']);
    await settled(ended);
  });

  test('When it throws, Then the caller hears of it, nothing is on disk and no step has run', async () => {
    await using bench = openBench();
    const world = createWorld();
    const host = await bench.openHost([world.letters('A')]);

    const beginning = host.runner.start(world.letters('A'), 'saga-1', 'input', {
      secret: 'canary',
      async within(tables) {
        await note(tables, 'never');
        throw new RangeError('taken');
      },
    });

    await expect(beginning).rejects.toThrow(RangeError);
    expect(await host.runner.find('saga-1')).toBeUndefined();
    expect(await notesOf(host.store)).toEqual([]);
    expect(world.trail).toEqual([]);
  });

  test('When the id is taken, Then the second saga does not begin and the first is as it was', async () => {
    await using bench = openBench();
    const world = createWorld();
    const host = await bench.openHost([world.letters('A')]);
    const first = await host.tell(world.letters('A'), 'input');

    const second = host.runner.start(world.letters('A'), 'saga-1', 'another', { secret: 'canary' });

    await expect(second).rejects.toThrow(/unique/i);
    expect(await host.find()).toEqual(first);
    expect(world.trail).toEqual(['A']);
  });
});

describe('`decided`', () => {
  test.each([
    ['completes', {}, 'completed'],
    ['fails at its first step', { A: { run: refuse } }, 'failed'],
    ['turns back', { B: { run: refuse } }, 'compensating'],
  ])('When a saga %s, Then it is called once, before the saga is undone', async (_what, overrides, decision) => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('AB', overrides);
    const host = await bench.openHost([saga], { decided: createDecided(0) });

    const { ended, decided } = await host.runner.start(saga, 'saga-1', 'input', { secret: 'canary' });
    await settled(decided);
    expect(await notesOf(host.store)).toEqual([decision]);
    await settled(ended);

    expect(await notesOf(host.store)).toEqual([decision]);
  });

  test('When a decided saga is taken up again and cancelled, Then it is not called again', async () => {
    await using bench = openBench();
    const world = createWorld();
    const host = await bench.openHost([world.letters('AB')], { decided: createDecided(0) });
    await host.tell(world.letters('AB'), 'input');

    await settled(host.runner.cancel('saga-1'));

    expect(await host.find()).toMatchObject({ status: 'cancelled' });
    expect(await notesOf(host.store)).toEqual(['completed']);
  });

  // Once: the decision is written by the drive that failed. Twice: by the next one, which runs the last step again.
  test.each([
    [1, 'completed', {}],
    [2, 'completed', {}],
    [1, 'failed', { A: { run: refuse } }],
  ])(
    'When it throws %i times, Then the decision is rolled back each time and the saga ends %s',
    async (times, status, overrides) => {
      await using bench = openBench();
      const world = createWorld();
      const saga = world.letters('A', overrides);
      const host = await bench.openHost([saga], { decided: createDecided(times) });
      await host.runner.open();

      const { decided } = await host.runner.start(saga, 'saga-1', 'input', {
        secret: 'canary',
        within: async () => {},
      });

      expect(await settled(decided)).toMatchObject({ status });
      expect(await host.find()).toMatchObject({ status, dueAt: null });
      expect(await notesOf(host.store)).toEqual([status]);
    },
  );
});

describe('a store that fails', () => {
  test('When it cannot be written for a while, Then the saga is taken up after its lease and completes', async () => {
    await using bench = openBench();
    const world = createWorld();
    let broken = false;
    let repaired = false;
    const saga = world.letters('ABC', {
      A: {
        async run() {
          broken = !repaired;
          return 'did A';
        },
      },
    });
    const host = await bench.openHost([saga]);
    const { transaction } = host.store;
    host.store.transaction = (work) => (broken ? Promise.reject(new Error('disk full')) : transaction(work));
    await host.runner.open();

    const { ended, decided } = await host.runner.start(saga, 'saga-1', 'input', { secret: 'canary' });
    await settled(ended);
    expect(await host.find()).toMatchObject({ status: 'pending', steps: [{ name: 'A', status: 'running' }] });
    expect(host.lines.join('\n')).toContain('a saga waits for the end of its lease');
    await until('its lease is over', () => host.lines.join('\n').includes('looking for unfinished sagas failed'));
    repaired = true;
    broken = false;
    await host.untilTerminal();

    expect(await host.find()).toMatchObject({ status: 'completed' });
    expect(await settled(decided)).toMatchObject({ status: 'completed' });
    expect(world.trail).toEqual(['B', 'C']);
  });

  test('When the answer to the commit that begins it is lost, Then it begins once and is taken up', async () => {
    await using bench = openBench();
    const world = createWorld();
    const host = await bench.openHost([world.letters('AB')]);
    const { transaction } = host.store;
    let lost = false;
    host.store.transaction = async (work, options) => {
      const result = await transaction(work);
      if (lost) return result;
      lost = true;
      if (options?.repeatable) return transaction(work);
      throw new Error('the answer to COMMIT was lost');
    };

    const beginning = host.runner.start(world.letters('AB'), 'saga-1', 'input', {
      secret: 'canary',
      within: (tables, { id }) => note(tables, `begun ${id}`),
    });

    await expect(beginning).rejects.toThrow('the answer to COMMIT was lost');
    expect(world.trail).toEqual([]);
    await host.runner.open();
    await host.untilTerminal();
    expect(await host.find()).toMatchObject({ status: 'completed' });
    expect(world.trail).toEqual(['A', 'B']);
    expect(await notesOf(host.store)).toEqual(['begun saga-1']);
  });

  test('When an observer throws, Then the saga does not mind', async () => {
    await using bench = openBench();
    const world = createWorld();
    const observe = () => {
      throw new Error('a bug in the observer');
    };
    const host = await bench.openHost([world.letters('AB')], { observe });

    expect(await host.tell(world.letters('AB'), 'input')).toMatchObject({ status: 'completed' });
    expect(host.lines.join('\n')).toContain('observing a saga failed');
  });
});
