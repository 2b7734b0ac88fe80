import { describe, expect, test } from 'vitest';
import { forever, openBench, settled, until } from '../test/bench.ts';
import { createGated } from '../test/gated.ts';
import { createWorld } from '../test/letters.ts';
import { LEASE_MS } from './claims.ts';

const START = { id: 'saga-1', input: 'input', secret: 'canary' };

describe('a lease', () => {
  test('When a step takes longer than a lease, Then the lease is renewed and no other worker claims the saga', async () => {
    await using bench = openBench();
    const { saga, gates } = createGated(createWorld());
    const host = await bench.openHost([saga]);
    await bench.openHost([saga], { recover: true });

    const handle = await host.sagas.start(saga, START);
    const begun = Date.now();
    await until('many leases are over', () => Date.now() - begun > 15_000);
    gates[0]?.resolve('done in the end');

    expect(await settled(handle.rested())).toMatchObject({ status: 'completed', fence: 1 });
    expect(gates).toHaveLength(1);
  });

  test('When the store has to be waited for, Then a lease counts from when it is written', async () => {
    await using bench = openBench();
    const { saga } = createGated(createWorld());
    const host = await bench.openHost([saga]);
    const { transaction } = host.store;
    let away = true;
    host.store.transaction = async (work, options) => {
      while (away) await new Promise((next) => setTimeout(next, 20));
      return transaction(work, options);
    };
    const asked = Date.now();

    const starting = host.sagas.start(saga, START);
    await until('the store was away for most of a lease', () => Date.now() - asked > LEASE_MS - 1_000);
    away = false;
    await settled(starting);

    expect((await host.find()).dueAt).toBeGreaterThan(asked + 2 * LEASE_MS - 1_000);
  });

  test('When the write that begins a saga is slow, Then the saga does not count as lost meanwhile', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('AB');
    const host = await bench.openHost([saga]);
    const { transaction } = host.store;
    let transactions = 0;
    host.store.transaction = async (work, options) => {
      transactions += 1;
      if (transactions === 1) await new Promise((next) => setTimeout(next, 3_000));
      return transaction(work, options);
    };

    const handle = await settled(host.sagas.start(saga, START));

    expect(await settled(handle.rested())).toMatchObject({ status: 'completed', fence: 1 });
    expect(world.trail).toEqual(['A', 'B']);
  });

  test('When leases cannot be renewed for a while, Then the process does not claim what it runs itself', async () => {
    await using bench = openBench();
    const { saga, gates } = createGated(createWorld());
    const host = await bench.openHost([saga], { recover: true });
    const handle = await host.sagas.start(saga, START);
    const { transaction } = host.store;
    // Claiming is not repeatable, renewing is.
    host.store.transaction = (work, options) =>
      options?.repeatable ? Promise.reject(new Error('away')) : transaction(work, options);
    const begun = Date.now();
    await until('its lease is long over', () => Date.now() - begun > 2 * LEASE_MS);
    expect((await host.find()).dueAt).toBeLessThan(Date.now());
    host.store.transaction = transaction;
    gates[0]?.resolve('done in the end');

    expect(await settled(handle.rested())).toMatchObject({ status: 'completed', fence: 1 });
    expect(gates).toHaveLength(1);
  });

  test('When the store is slow, Then one round of renewals is under way at a time', async () => {
    await using bench = openBench();
    const { saga } = createGated(createWorld());
    const host = await bench.openHost([saga]);
    await host.sagas.start(saga, START);
    const { transaction } = host.store;
    const seen = { rounds: 0, underWay: 0, most: 0 };
    host.store.transaction = async (work, options) => {
      seen.rounds += 1;
      seen.underWay += 1;
      seen.most = Math.max(seen.most, seen.underWay);
      await new Promise((next) => setTimeout(next, 2_500));
      return transaction(work, options).finally(() => {
        seen.underWay -= 1;
      });
    };

    await until('there were some rounds', () => seen.rounds > 3);

    expect(seen.most).toBe(1);
  });

  test('When two processes look for the same sagas, Then each saga is run by one of them', async () => {
    await using bench = openBench();
    const running = new Map<string, number>();
    const hanging = createWorld().letters('A', { A: { run: () => forever } });
    const first = await bench.openHost([hanging]);
    const ids = Array.from({ length: 20 }, (_, index) => `saga-${index}`);
    for (const id of ids) await first.sagas.start(hanging, { ...START, id });
    void first.kill();
    const counted = createWorld().letters('A', {
      A: { run: async ({ id }) => void running.set(id, (running.get(id) ?? 0) + 1) },
    });

    const hosts = [
      await bench.openHost([counted], { recover: true }),
      await bench.openHost([counted], { recover: true }),
    ];
    for (const id of ids) await hosts[0]?.untilEnded(id);

    expect([...running.keys()].sort()).toEqual([...ids].sort());
    expect([...running.values()]).toEqual(ids.map(() => 1));
  });

  test('When a process knows that no other one is there, Then it waits for no lease', async () => {
    await using bench = openBench();
    const world = createWorld();
    const { saga } = createGated(world);
    const dead = await bench.openHost([saga]);
    await dead.sagas.start(saga, START);
    void dead.kill();
    const opened = Date.now();

    const next = await bench.openHost([world.letters('AB')], { recover: true, exclusive: true });
    await next.untilEnded();

    expect(Date.now() - opened).toBeLessThan(1_000);
    expect(await next.find()).toMatchObject({ status: 'completed', fence: 2 });
  });

  test('When another engine of the same process opens after it, Then the saga keeps its lease', async () => {
    await using bench = openBench();
    const { saga, gates } = createGated(createWorld());
    const host = await bench.openHost([saga], { exclusive: true });
    const handle = await host.sagas.start(saga, START);
    const other = { ...createWorld().letters('A'), name: 'others' };

    await bench.openHost([other], { recover: true, exclusive: true });
    expect((await host.find()).worker).not.toBeNull();
    gates[0]?.resolve('done in the end');

    expect(await settled(handle.rested())).toMatchObject({ status: 'completed', fence: 1 });
    expect(gates).toHaveLength(1);
  });
});
