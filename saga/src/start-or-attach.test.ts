import { describe, expect, test } from 'vitest';
import { openBench, settled, until } from '../test/bench.ts';
import { createWorld } from '../test/letters.ts';
import { SagaMisuse } from './index.ts';

const LEASE_MS = 6_000;
const after = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const options = { id: 'saga-1', input: 'input', secret: 'canary' };

describe('an id that a saga has', () => {
  test('When it is started again in the same process, Then the caller gets the same outcome and nothing runs twice', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('AB', { A: { run: () => after(300).then(() => world.perform('A')) } });
    const host = await bench.openHost([saga]);

    const first = await host.sagas.start(saga, options);
    const second = await host.sagas.start(saga, { ...options, input: 'another' });
    const outcomes = await settled(Promise.all([first.outcome(), second.outcome()]));
    const third = await host.sagas.start(saga, options);

    expect(second.record.input).toBe('input');
    expect(outcomes[1]).toEqual(outcomes[0]);
    expect(await settled(third.outcome())).toEqual(outcomes[0]);
    expect(world.trail).toEqual(['A', 'B']);
  });

  test('When two callers race in one process, Then one saga runs', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('AB');
    const host = await bench.openHost([saga]);
    let begun = 0;
    const inTransaction = async () => {
      begun += 1;
    };

    const starting = [1, 2, 3].map(() => host.sagas.start(saga, { ...options, inTransaction }));
    const handles = await settled(Promise.all(starting));
    await settled(Promise.all(handles.map((handle) => handle.outcome())));

    expect(begun).toBe(1);
    expect(world.trail).toEqual(['A', 'B']);
  });

  test('When two processes race, Then one saga runs and both learn of its outcome', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('AB');
    const hosts = await Promise.all([bench.openHost([saga]), bench.openHost([saga])]);

    const handles = await settled(Promise.all(hosts.map(({ sagas }) => sagas.start(saga, options))));
    const outcomes = await settled(Promise.all(handles.map((handle) => handle.outcome())));

    expect(outcomes.map(({ completed, result }) => [completed, result])).toEqual([
      [true, ['did A', 'did B']],
      [true, ['did A', 'did B']],
    ]);
    expect(world.trail).toEqual(['A', 'B']);
  });

  test('When it is that of a saga of another name, Then the caller is refused and that saga left alone', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('A');
    const other = { ...world.letters('B'), name: 'others' };
    const host = await bench.openHost([saga, other]);
    const record = await host.run(saga, 'input');

    const starting = host.sagas.start(other, options);

    await expect(settled(starting)).rejects.toBeInstanceOf(SagaMisuse);
    await expect(settled(starting)).rejects.toMatchObject({
      code: 'id_taken',
      message: 'a saga of another name has the id saga-1',
    });
    expect(await host.find()).toEqual(record);
    expect(world.trail).toEqual(['A']);
  });

  test('When the first of three callers cannot begin, Then one of the others does, and keeps its lease', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('A', { A: { run: () => after(2 * LEASE_MS).then(() => world.perform('A')) } });
    const host = await bench.openHost([saga], { recover: true });
    let begun = 0;
    const inTransaction = async () => {
      begun += 1;
      if (begun === 1) throw new RangeError('taken');
    };

    const starting = [1, 2, 3].map(() => host.sagas.start(saga, { ...options, inTransaction }));
    const [first, second, third] = await settled(Promise.allSettled(starting));
    await host.untilEnded();

    expect([first?.status, second?.status, third?.status]).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    expect(begun).toBe(2);
    expect(await host.find()).toMatchObject({ status: 'completed', fence: 1 });
    expect(world.trail).toEqual(['A']);
  });
});

describe('a saga whose first write is under way', () => {
  test('When leases are renewed meanwhile, Then it begins all the same', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('A');
    const host = await bench.openHost([saga]);
    const { transaction } = host.store;
    let writes = 0;
    host.store.transaction = async (...args) => {
      writes += 1;
      // The first write takes longer than it takes until leases are renewed.
      if (writes === 1) await after(2_500);
      return transaction(...args);
    };

    const handle = await settled(host.sagas.start(saga, options));

    expect(await settled(handle.outcome())).toMatchObject({ completed: true });
    expect(await host.find()).toMatchObject({ fence: 1 });
  });
});

describe('a move whose response is late', () => {
  test('When a worker has claimed the saga since, Then its run goes on', async () => {
    await using bench = openBench();
    const world = createWorld();
    const A = async () => {
      await after(1_000);
      return world.perform('A');
    };
    const saga = world.letters('A', { A: { run: A } });
    const host = await bench.openHost([saga], { recover: true });
    await host.sagas.start(saga, options);
    await settled(host.sagas.pause('saga-1', { by: 'ops' }));
    const { transaction } = host.store;
    host.store.transaction = async (...args) => {
      host.store.transaction = transaction;
      const result = await transaction(...args);
      await until('a worker has claimed it', async () => (await host.find()).worker !== null);
      return result;
    };

    await settled(host.sagas.resume('saga-1', { by: 'ops' }));
    const resumed = Date.now();
    await host.untilEnded();

    expect(await host.find()).toMatchObject({ status: 'completed' });
    expect(Date.now() - resumed).toBeLessThan(LEASE_MS);
  });
});
