import type { Kysely } from 'kysely';
import { describe, expect, test } from 'vitest';
import { type BenchTables, type Host, openBench, settled } from '../test/bench.ts';
import { createWorld } from '../test/letters.ts';
import { defineSaga, Refusal } from './index.ts';

const noteIn = (text: string) => async (tables: Kysely<BenchTables>) => {
  await tables.insertInto('notes').values({ text }).execute();
};
const notesOf = async (store: { read: Kysely<BenchTables> }) =>
  (await store.read.selectFrom('notes').select('text').execute()).map(({ text }) => text);

const refuse = async () => {
  throw new Refusal('no_room');
};

/** From now on the responses to commits are lost: what may be repeated is tried again, as on PostgreSQL. */
function loseResponses({ store }: Host): void {
  const { transaction } = store;
  store.transaction = async (work, options) => {
    await transaction(work, options);
    if (options?.repeatable) return transaction(work, options);
    throw new Error('the response to a commit was lost');
  };
}

/** The saga with the letters that notes each outcome that it is told. */
function noting(saga: ReturnType<ReturnType<typeof createWorld>['letters']>) {
  return {
    ...saga,
    onOutcome: async (tables: Kysely<unknown>, { completed }: { completed: boolean }) =>
      noteIn(`completed: ${completed}`)(tables as unknown as Kysely<BenchTables>),
  };
}

describe('a saga that is started in a transaction', () => {
  test('When the transaction is committed, Then the saga is there with the rows of the caller and is run', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('AB');
    const host = await bench.openHost([saga], { recover: true });

    const isNew = await settled(
      host.store.transaction(async (tables) => {
        await noteIn('an order')(tables);
        return host.sagas.startIn(tables, saga, { id: 'saga-1', input: 'input' });
      }),
    );
    expect(isNew).toBe(true);
    expect(world.trail).toEqual([]);
    await host.untilEnded();

    expect(await host.find()).toMatchObject({ status: 'completed', result: ['did A', 'did B'] });
    expect(await notesOf(host.store)).toEqual(['an order']);
  });

  test('When the transaction is rolled back, Then there is no saga and nothing of it runs', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('A');
    const host = await bench.openHost([saga], { recover: true });

    const writing = host.store.transaction(async (tables) => {
      await host.sagas.startIn(tables, saga, { id: 'saga-1', input: 'input' });
      throw new RangeError('no');
    });

    await expect(settled(writing)).rejects.toThrow(RangeError);
    expect(await host.run(world.letters('B'), 'input', 'later')).toMatchObject({ status: 'completed' });
    expect(await host.sagas.find('saga-1')).toBeUndefined();
    expect(world.trail).toEqual(['B']);
  });

  test('When the id is taken, Then it says so and the first saga is left as it was', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('A');
    const host = await bench.openHost([saga]);
    const first = await host.run(saga, 'input');

    const writing = host.store.transaction((tables) =>
      host.sagas.startIn(tables, saga, { id: 'saga-1', input: 'another' }),
    );

    expect(await settled(writing)).toBe(false);
    expect(await host.find()).toEqual(first);
  });

  test('When the input is no JSON, Then it is refused and the transaction may go on', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('A');
    const host = await bench.openHost([saga]);

    await host.store.transaction(async (tables) => {
      const starting = host.sagas.startIn(tables, saga, { id: 'saga-1', input: new Date() as never });
      await expect(starting).rejects.toMatchObject({ code: 'not_json' });
      await noteIn('the rest')(tables);
    });

    expect(await notesOf(host.store)).toEqual(['the rest']);
  });
});

describe('a commit whose response is lost', () => {
  test.each([
    ['completes', {}, 'completed', 'completed: true'],
    ['is rolled back', { C: { run: refuse } }, 'compensated', 'completed: false'],
    ['fails at once', { A: { run: refuse } }, 'failed', 'completed: false'],
  ])(
    'When it is each one of a saga that %s, Then each hook takes effect once',
    async (_what, overrides, status, told) => {
      await using bench = openBench();
      const world = createWorld();
      const saga = noting(world.letters('ABC', overrides));
      const host = await bench.openHost([saga]);
      loseResponses(host);

      const options = { id: 'saga-1', input: 'input', secret: 'canary', inTransaction: noteIn('begun') };
      const handle = await settled(host.sagas.start(saga, options));
      await settled(handle.rested());

      expect(await host.find()).toMatchObject({ status, dueAt: null });
      expect(await notesOf(host.store)).toEqual(['begun', told]);
      expect(new Set(world.trail).size).toBe(world.trail.length);
    },
  );

  test('When it is that of a cancellation, Then there is one in the history and the hook takes effect once', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = noting(world.letters('AB', { B: { run: () => new Promise(() => {}) } }));
    const host = await bench.openHost([saga]);
    await host.sagas.start(saga, { id: 'saga-1', input: 'input', secret: 'canary' });
    loseResponses(host);

    await settled(host.sagas.cancel('saga-1', { by: 'ops' }));

    expect((await host.find()).history).toHaveLength(1);
    expect(await notesOf(host.store)).toEqual(['completed: false']);
  });

  test('When it is that of an event with a key, Then the caller learns that it came, and it counts once', async () => {
    await using bench = openBench();
    const saga = defineSaga<string, string, string, never>('approval', {
      steps: [],
      run: (it) => it.waitFor<string>('approval', { timeout: '1h' }),
    });
    const host = await bench.openHost([saga]);
    await host.run(saga, 'input');
    const { transaction } = host.store;
    loseResponses(host);
    const send = () =>
      host.sagas.signal('saga-1', 'approval', 'yes', { dedupeKey: 'mail 1', inTransaction: noteIn('yes') });

    await expect(settled(send())).rejects.toThrow('lost');
    host.store.transaction = transaction;
    expect(await settled(send())).toBe(false);

    expect(await notesOf(host.store)).toEqual(['yes']);
  });

  test('When an event comes as the saga is parked, Then the run knows that its saga is due', async () => {
    await using bench = openBench();
    const A = createWorld().step('A');
    const saga = defineSaga<string, string, string, never>('approval', {
      steps: [A],
      async run(it) {
        await it.step(A, '');
        return it.waitFor<string>('approval', { timeout: '1h' });
      },
    });
    const host = await bench.openHost([saga]);
    const handle = await host.sagas.start(saga, { id: 'saga-1', input: 'input' });
    const row = { saga_id: 'saga-1', name: 'approval', dedupe_key: null, payload: '"yes"', created_at: Date.now() };
    const { transaction } = host.store;
    host.store.transaction = async (work, options) => {
      await transaction(async (tables) => tables.insertInto('saga_events').values(row).execute());
      await transaction(work, options);
      return transaction(work, options);
    };

    const record = await settled(handle.rested());

    expect(record).toMatchObject({ status: 'waiting', dueAt: expect.any(Number), worker: null });
    expect(await host.find()).toEqual(record);
    expect(host.lines.join()).not.toContain('another worker');
  });
});
