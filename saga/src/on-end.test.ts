import type { Kysely } from 'kysely';
import { describe, expect, test } from 'vitest';
import { type BenchTables, openBench, settled } from '../test/bench.ts';
import { createWorld } from '../test/letters.ts';
import { createOnEnd, note, notesOf } from '../test/notes.ts';
import { defineSaga, Refusal } from './index.ts';

const refuse = async () => {
  throw new Refusal('no');
};

const start = { id: 'saga-1', input: 'input', secret: 'canary' };

describe('`onEnd`', () => {
  test.each([
    ['completes', {}, 'completed'],
    ['fails at its first step', { A: { run: refuse } }, 'failed'],
    ['is rolled back', { B: { run: refuse } }, 'compensated'],
  ])('When a saga %s, Then it is called once', async (_what, overrides, status) => {
    await using bench = openBench();
    const saga = { ...createWorld().letters('AB', overrides), onEnd: createOnEnd(0) };
    const host = await bench.openHost([saga]);

    await host.run(saga, 'input');

    expect(await notesOf(host.store)).toEqual([status]);
  });

  test('When a saga is rolled back, Then it is called after the last undo', async () => {
    await using bench = openBench();
    const world = createWorld();
    const onEnd = (tables: Kysely<BenchTables>) => note(tables, `undone: ${world.undone()}`);
    const saga = { ...world.letters('ABC', { C: { run: refuse } }), onEnd: onEnd as never };
    const host = await bench.openHost([saga]);

    await host.run(saga, 'input');

    expect(await notesOf(host.store)).toEqual(['undone: undo B,undo A']);
  });

  test('When a saga that has completed is cancelled, Then it is called for the second end as well', async () => {
    await using bench = openBench();
    const saga = { ...createWorld().letters('AB'), onEnd: createOnEnd(0) };
    const host = await bench.openHost([saga]);
    await host.run(saga, 'input');

    await settled(host.sagas.cancel('saga-1', { by: 'ops' }));
    await host.untilEnded();
    await settled(host.sagas.cancel('saga-1', { by: 'ops' }));

    expect(await notesOf(host.store)).toEqual(['completed', 'cancelled']);
  });

  test('When a pending saga is cancelled, Then it is called once, when all is undone', async () => {
    await using bench = openBench();
    const gate = Promise.withResolvers<void>();
    const saga = { ...createWorld().letters('AB', { A: { run: () => gate.promise } }), onEnd: createOnEnd(0) };
    const host = await bench.openHost([saga]);
    await host.sagas.start(saga, start);

    await settled(host.sagas.cancel('saga-1', { by: 'ops' }));
    expect(await notesOf(host.store)).toEqual([]);
    gate.resolve();
    await host.untilEnded();

    expect(await notesOf(host.store)).toEqual(['cancelled']);
  });

  test.each([1, 2])('When it throws %i times, Then the end is rolled back each time', async (times) => {
    await using bench = openBench();
    const world = createWorld();
    const saga = { ...world.letters('AB', { B: { run: refuse } }), onEnd: createOnEnd(times) };
    const host = await bench.openHost([saga], { recover: true });

    await host.sagas.start(saga, start);
    await host.untilEnded();

    expect(await notesOf(host.store)).toEqual(['compensated']);
    expect(world.effects).toEqual(new Set());
    expect(host.errors).toHaveLength(times);
  });

  test('When the answers to all commits are lost, Then it takes effect once', async () => {
    await using bench = openBench();
    const saga = { ...createWorld().letters('AB'), onEnd: createOnEnd(0) };
    const host = await bench.openHost([saga]);
    const { transaction } = host.store;
    host.store.transaction = async (work, options) => {
      const result = await transaction(work, options);
      return options?.repeatable ? transaction(work, options) : result;
    };

    await host.run(saga, 'input');
    await settled(host.sagas.cancel('saga-1', { by: 'ops' }));
    await host.untilEnded();

    expect(await notesOf(host.store)).toEqual(['completed', 'cancelled']);
  });
});

describe('`onEnd` of a saga without undos', () => {
  const nothing = () =>
    defineSaga<string, null, string>('nothing', { steps: [], run: async () => null, onEnd: createOnEnd(0) });

  test('When it is cancelled after it has completed, Then it is called in the transaction of the move', async () => {
    await using bench = openBench();
    const saga = nothing();
    const host = await bench.openHost([saga]);
    await host.run(saga, 'input');

    await settled(host.sagas.cancel('saga-1', { by: 'ops' }));

    expect(await notesOf(host.store)).toEqual(['completed', 'cancelled']);
  });

  test('When a process without the definition cancels it, Then that is refused', async () => {
    await using bench = openBench();
    const saga = nothing();
    const host = await bench.openHost([saga]);
    await host.run(saga, 'input');
    const other = await bench.openHost([]);

    const cancelling = settled(other.sagas.cancel('saga-1', { by: 'ops' }));

    await expect(cancelling).rejects.toMatchObject({ name: 'NotPossible', code: 'definition_unknown' });
    expect(await host.find()).toMatchObject({ status: 'completed' });
    expect(await notesOf(host.store)).toEqual(['completed']);
  });
});
