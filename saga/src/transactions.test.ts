import type { Kysely } from 'kysely';
import { describe, expect, test } from 'vitest';
import { type BenchTables, openBench, settled, until } from '../test/bench.ts';
import { createWorld, lettersBy } from '../test/letters.ts';
import { type Outcome, Refusal } from './index.ts';

type Tables = Kysely<BenchTables>;

async function note(tables: Tables, text: string): Promise<void> {
  await tables.insertInto('notes').values({ text }).execute();
}
const notesOf = async (store: { read: Tables }) =>
  (await store.read.selectFrom('notes').select('text').execute()).map(({ text }) => text);

const refuse = async () => {
  throw new Refusal('no');
};

/** A hook that notes each outcome, and throws after that as often as told. */
function createOnOutcome(failures: number) {
  let failed = 0;
  const onOutcome = async (tables: Tables, { saga }: Outcome<unknown>) => {
    await note(tables, saga.status);
    failed += 1;
    if (failed <= failures) throw new Error('the hook fails');
  };
  // A definition is of any store's tables.
  return onOutcome as unknown as (tables: Kysely<unknown>, outcome: Outcome<unknown>) => Promise<void>;
}

describe('`inTransaction`', () => {
  test('When it writes, Then that is on disk with the saga', async () => {
    await using bench = openBench();
    const saga = createWorld().letters('A');
    const host = await bench.openHost([saga]);

    const handle = await host.sagas.start(saga, {
      id: 'saga-1',
      input: 'input',
      secret: 'canary',
      inTransaction: (tables, { id }) => note(tables, `begun ${id}`),
    });

    expect(await notesOf(host.store)).toEqual(['begun saga-1']);
    expect(await settled(handle.rested())).toMatchObject({ status: 'completed' });
  });

  test('When it throws, Then the caller is told, nothing is on disk and no step has run', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('A');
    const host = await bench.openHost([saga]);

    const starting = host.sagas.start(saga, {
      id: 'saga-1',
      input: 'input',
      secret: 'canary',
      async inTransaction(tables) {
        await note(tables, 'never');
        throw new RangeError('taken');
      },
    });

    await expect(starting).rejects.toThrow(RangeError);
    expect(await host.sagas.find('saga-1')).toBeUndefined();
    expect(await notesOf(host.store)).toEqual([]);
    expect(world.trail).toEqual([]);
  });

  test('When it throws and the function catches what a step throws, Then the function is not told and goes no further', async () => {
    await using bench = openBench();
    const world = createWorld();
    const [a, b] = [world.step('A'), world.step('B')];
    let told = 0;
    const saga = lettersBy([a, b], (steps, input) =>
      steps.step(a, input).catch(() => {
        told += 1;
        return steps.step(b, input);
      }),
    );
    const host = await bench.openHost([saga]);
    let failed = 0;

    const starting = host.sagas.start(saga, {
      id: 'saga-1',
      input: 'input',
      secret: 'canary',
      async inTransaction() {
        failed += 1;
        if (failed === 1) throw new RangeError('taken');
      },
    });

    await expect(starting).rejects.toThrow(RangeError);
    await settled(host.sagas.close({ graceMs: 1_000 }));
    expect(await host.sagas.find('saga-1')).toBeUndefined();
    expect({ told, failed, trail: world.trail }).toEqual({ told: 0, failed: 1, trail: [] });
  });

  test('When the id is taken, Then it does not run, the caller gets the first saga, and that is as it was', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('A');
    const host = await bench.openHost([saga]);
    const first = await host.run(saga, 'input');

    const second = await host.sagas.start(saga, {
      id: 'saga-1',
      input: 'another',
      secret: 'canary',
      inTransaction: (tables) => note(tables, 'never'),
    });

    expect(await settled(second.outcome())).toMatchObject({ completed: true, saga: { input: 'input' } });
    expect(await host.find()).toEqual(first);
    expect(await notesOf(host.store)).toEqual([]);
    expect(world.trail).toEqual(['A']);
  });
});

describe('`onOutcome`', () => {
  test.each([
    ['completes', {}, 'completed'],
    ['fails at its first step', { A: { run: refuse } }, 'failed'],
    ['is rolled back', { B: { run: refuse } }, 'compensating'],
  ])('When a saga %s, Then it is called once, before the saga is undone', async (_what, overrides, outcome) => {
    await using bench = openBench();
    const world = createWorld();
    const saga = { ...world.letters('AB', overrides), onOutcome: createOnOutcome(0) };
    const host = await bench.openHost([saga]);

    const handle = await host.sagas.start(saga, { id: 'saga-1', input: 'input', secret: 'canary' });
    await settled(handle.outcome());
    expect(await notesOf(host.store)).toEqual([outcome]);
    await settled(handle.rested());

    expect(await notesOf(host.store)).toEqual([outcome]);
  });

  test('When a saga that has its outcome is cancelled, Then it is not called again', async () => {
    await using bench = openBench();
    const saga = { ...createWorld().letters('AB'), onOutcome: createOnOutcome(0) };
    const host = await bench.openHost([saga]);
    await host.run(saga, 'input');

    await settled(host.sagas.cancel('saga-1', { by: 'ops' }));
    await host.untilEnded();

    expect(await host.find()).toMatchObject({ status: 'cancelled' });
    expect(await notesOf(host.store)).toEqual(['completed']);
  });

  test('When a pending saga is cancelled, Then it is called once, in the transaction of the move', async () => {
    await using bench = openBench();
    const gate = Promise.withResolvers<void>();
    const letters = createWorld().letters('AB', { A: { run: () => gate.promise } });
    const saga = { ...letters, onOutcome: createOnOutcome(0) };
    const host = await bench.openHost([saga]);
    const handle = await host.sagas.start(saga, { id: 'saga-1', input: 'input', secret: 'canary' });

    await settled(host.sagas.cancel('saga-1', { by: 'ops' }));
    expect(await notesOf(host.store)).toEqual(['compensating']);
    gate.resolve();
    await host.untilEnded();

    expect(await settled(handle.outcome())).toMatchObject({ completed: false, failure: { code: 'cancelled' } });
    expect(await notesOf(host.store)).toEqual(['compensating']);
  });

  // Each time, the next run writes the outcome: it runs the last step again, whose end was part of the failed write. Of a
  // step that is refused then, nothing is known about the first run, so it is undone.
  test.each([
    [1, 'completed', 'completed', {}],
    [2, 'completed', 'completed', {}],
    [1, 'compensated', 'compensating', { A: { run: refuse } }],
  ])(
    'When it throws %i times, Then the outcome is rolled back each time and the saga ends %s',
    async (times, status, noted, overrides) => {
      await using bench = openBench();
      const saga = { ...createWorld().letters('A', overrides), onOutcome: createOnOutcome(times) };
      const host = await bench.openHost([saga], { recover: true });

      const handle = await host.sagas.start(saga, { id: 'saga-1', input: 'input', secret: 'canary' });

      expect(await settled(handle.outcome())).toMatchObject({ completed: status === 'completed' });
      await host.untilEnded();
      expect(await host.find()).toMatchObject({ status, dueAt: null });
      expect(await notesOf(host.store)).toEqual([noted]);
      expect(host.errors.map(({ error }) => (error as Error).message)).toEqual(Array(times).fill('the hook fails'));
    },
  );

  test('When it always throws, Then the record stays as it was, the runs did not finish, and the saga is stuck in the end', async () => {
    await using bench = openBench();
    const saga = { ...createWorld().letters('A'), onOutcome: createOnOutcome(Number.POSITIVE_INFINITY) };
    const host = await bench.openHost([saga], { recover: true });
    const begun = Date.now();

    const handle = await host.sagas.start(saga, { id: 'saga-1', input: 'input', secret: 'canary' });
    const limit = new AbortController();
    const outcome = handle.outcome({ signal: limit.signal }).catch((error: unknown) => error);
    expect(await settled(handle.rested())).toMatchObject({
      status: 'pending',
      goal: 'complete',
      result: null,
      reschedules: 1,
      reason: { code: 'unexpected_error' },
      worker: null,
    });
    await host.untilStatus('stuck');

    expect(Date.now() - begun).toBeLessThan(40_000);
    expect(await host.find()).toMatchObject({ goal: 'complete', result: null, reason: { code: 'unexpected_error' } });
    expect(host.events.at(-1)).toMatchObject({ kind: 'saga', status: 'stuck' });
    expect(await notesOf(host.store)).toEqual([]);
    limit.abort();
    expect(await outcome).toMatchObject({ name: 'OutcomeUnknown', code: 'outcome_unknown' });
  });
});

describe('`onOutcome` on the way back', () => {
  test('When it throws for long, Then the saga is stuck meanwhile, and what was done is undone once it works', async () => {
    await using bench = openBench();
    const world = createWorld();
    const begun = Date.now();
    const onOutcome = async () => {
      if (Date.now() - begun < 40_000) throw new Error('the hook fails');
    };
    const saga = { ...world.letters('AB', { B: { run: refuse } }), onOutcome };
    const host = await bench.openHost([saga], { recover: true });
    await host.sagas.start(saga, { id: 'saga-1', input: 'input', secret: 'canary' });

    await host.untilStatus('stuck');
    expect(await host.find()).toMatchObject({ goal: 'complete', reason: { code: 'unexpected_error' } });
    expect(world.undone()).toEqual([]);
    await host.untilEnded();

    expect(await host.find()).toMatchObject({ status: 'compensated', reschedules: 0, reason: null });
    expect(world.undone().at(-1)).toBe('undo A');
    expect(world.effects).toEqual(new Set());
  });
});

describe('a store that fails', () => {
  test('When it cannot be written for a while, Then the saga is claimed after its lease and completes', async () => {
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
    const host = await bench.openHost([saga], { recover: true });
    const { transaction } = host.store;
    host.store.transaction = (work, options) =>
      broken ? Promise.reject(new Error('disk full')) : transaction(work, options);

    const handle = await host.sagas.start(saga, { id: 'saga-1', input: 'input', secret: 'canary' });
    const outcome = handle.outcome();
    await settled(handle.rested());
    expect(await host.find()).toMatchObject({ status: 'pending', steps: [{ name: 'A', status: 'running' }] });
    expect(host.lines.join('\n')).toContain('a saga waits for the end of its lease');
    await until('its lease is over', () => host.lines.join('\n').includes('looking for due sagas failed'));
    repaired = true;
    broken = false;
    await host.untilEnded();

    expect(await host.find()).toMatchObject({ status: 'completed' });
    expect(await settled(outcome)).toMatchObject({ completed: true });
    expect(world.trail).toEqual(['B', 'C']);
  });

  test('When the answer to the commit that begins it is lost, Then it begins once, and its caller has it', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('AB');
    const host = await bench.openHost([saga]);
    const { transaction } = host.store;
    let lost = 0;
    host.store.transaction = async (work, options) => {
      const result = await transaction(work, options);
      if (lost > 0 || !options?.repeatable) return result;
      lost += 1;
      return transaction(work, options);
    };

    const handle = await host.sagas.start(saga, {
      id: 'saga-1',
      input: 'input',
      secret: 'canary',
      inTransaction: (tables, { id }) => note(tables, `begun ${id}`),
    });

    expect(await settled(handle.rested())).toMatchObject({ status: 'completed', fence: 1 });
    expect(lost).toBe(1);
    expect(world.trail).toEqual(['A', 'B']);
    expect(await notesOf(host.store)).toEqual(['begun saga-1']);
  });

  test('When the answers to all commits are lost, Then `onOutcome` runs once and each step once', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = { ...world.letters('AB'), onOutcome: createOnOutcome(0) };
    const host = await bench.openHost([saga]);
    const { transaction } = host.store;
    host.store.transaction = async (work, options) => {
      await transaction(work, options);
      return transaction(work, options);
    };

    expect(await host.run(saga, 'input')).toMatchObject({ status: 'completed', fence: 1 });
    expect(world.trail).toEqual(['A', 'B']);
    expect(await notesOf(host.store)).toEqual(['completed']);
  });

  test('When the answer to the commit that begins it is lost for good, Then it begins once and is claimed after its lease', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('AB');
    const host = await bench.openHost([saga], { recover: true });
    const { transaction } = host.store;
    let lost = false;
    host.store.transaction = async (work, options) => {
      const result = await transaction(work, options);
      if (lost || !options?.repeatable) return result;
      lost = true;
      throw new Error('the answer to COMMIT was lost');
    };

    const starting = host.sagas.start(saga, {
      id: 'saga-1',
      input: 'input',
      secret: 'canary',
      inTransaction: (tables, { id }) => note(tables, `begun ${id}`),
    });

    await expect(starting).rejects.toThrow('the answer to COMMIT was lost');
    expect(world.trail).toEqual([]);
    await host.untilEnded();
    expect(await host.find()).toMatchObject({ status: 'completed', fence: 2 });
    expect(world.trail).toEqual(['A', 'B']);
    expect(await notesOf(host.store)).toEqual(['begun saga-1']);
  });

  test('When an observer throws, Then the saga does not mind', async () => {
    await using bench = openBench();
    const saga = createWorld().letters('AB');
    const observe = () => {
      throw new Error('a bug in the observer');
    };
    const host = await bench.openHost([saga], { observe });

    expect(await host.run(saga, 'input')).toMatchObject({ status: 'completed' });
    expect(host.lines.join('\n')).toContain('observing a saga failed');
  });
});
