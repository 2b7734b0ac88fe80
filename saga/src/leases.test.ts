import { describe, expect, test } from 'vitest';
import { forever, openBench, settled, until } from '../test/bench.ts';
import { createWorld } from '../test/letters.ts';
import { LEASE_MS } from './claims.ts';
import { Refusal } from './index.ts';

const START = { id: 'saga-1', input: 'input', secret: 'canary' };

/** A saga with one step that says when it is at work and waits to be let go. */
function createGated(world: ReturnType<typeof createWorld>) {
  const gates: Array<PromiseWithResolvers<string>> = [];
  const saga = world.letters('AB', {
    A: {
      run() {
        const gate = Promise.withResolvers<string>();
        gates.push(gate);
        return gate.promise;
      },
      timeoutMs: 60_000,
    },
  });
  return { saga, gates };
}

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
});

describe('a lease that is lost', () => {
  test('When a worker falls silent and another one claims its saga, Then the first can write nothing any more', async () => {
    await using bench = openBench();
    const world = createWorld();
    const { saga, gates } = createGated(world);
    const started = Date.now();
    // Its clock has stopped, so it sees no lease grow old and renews none.
    const silent = await bench.openHost([saga], { now: () => started });
    const handle = await silent.sagas.start(saga, START);
    const outcome = handle.outcome();
    await until('A is under way', () => gates.length === 1);
    const other = await bench.openHost([saga], { recover: true });
    await until('the other one has begun A', () => gates.length === 2);

    gates[0]?.resolve('from the silent one');
    expect(await settled(handle.rested())).toMatchObject({ fence: 1, status: 'pending' });
    expect(silent.lines.join('\n')).toContain('another worker or an operator has this saga now');
    expect(world.trail).toEqual([]);
    expect(await other.find()).toMatchObject({ status: 'pending', fence: 2, steps: [{ status: 'running' }] });

    gates[1]?.resolve('from the other one');
    await other.untilEnded();
    expect(await settled(outcome)).toMatchObject({ completed: true, result: ['from the other one', 'did B'] });
    expect(world.trail).toEqual(['B']);
  });

  test('When a renewal finds it lost, Then the run ends, its step is signalled, and it does not go on beside the other', async () => {
    await using bench = openBench();
    const world = createWorld();
    const signalled: string[] = [];
    const saga = world.letters('AB', {
      A: {
        run({ signal, attempt }) {
          signal.addEventListener('abort', () => signalled.push(`attempt ${attempt}`));
          return forever;
        },
        timeoutMs: 60_000,
      },
    });
    const host = await bench.openHost([saga]);
    const handle = await host.sagas.start(saga, START);
    await host.store.transaction((tables) =>
      tables.updateTable('sagas').set({ fence: 2, worker: 'another', due_at: 0 }).execute(),
    );
    const lost = Date.now();

    await settled(handle.rested());

    expect(Date.now() - lost).toBeLessThan(2_100);
    expect(signalled).toEqual(['attempt 1']);
    expect(await host.find()).toMatchObject({ fence: 2, worker: 'another', dueAt: 0 });
  });

  test('When the other worker does not bring an outcome, Then waiting for it ends with its signal', async () => {
    await using bench = openBench();
    const { saga } = createGated(createWorld());
    const host = await bench.openHost([saga]);
    const handle = await host.sagas.start(saga, START);
    await host.store.transaction((tables) =>
      tables.updateTable('sagas').set({ fence: 2, worker: 'another' }).execute(),
    );
    const limit = new AbortController();

    const outcome = settled(handle.outcome({ signal: limit.signal }));
    const asked = Date.now();
    setTimeout(() => limit.abort(), 5_000);

    await expect(outcome).rejects.toMatchObject({ name: 'OutcomeUnknown', code: 'outcome_unknown' });
    expect(Date.now() - asked).toBeLessThan(5_100);
  });

  test('When a renewal is under way, Then what the run writes meanwhile is not overwritten', async () => {
    await using bench = openBench();
    const { saga, gates } = createGated(createWorld());
    const host = await bench.openHost([saga]);
    const handle = await host.sagas.start(saga, START);
    const { transaction } = host.store;
    const gate = Promise.withResolvers<void>();
    const renewed = Promise.withResolvers<void>();
    let renewals = 0;
    host.store.transaction = async (work, options) => {
      renewals += 1;
      if (renewals > 1) return transaction(work, options);
      await gate.promise;
      return transaction(work, options).finally(renewed.resolve);
    };
    await until('a renewal is under way', () => renewals === 1);

    await settled(host.sagas.close());
    const released = await host.find();
    expect(released).toMatchObject({ worker: null });
    expect(released.dueAt).toBeLessThanOrEqual(Date.now());
    gate.resolve();
    await renewed.promise;

    expect(await host.find()).toEqual(released);
    expect(gates).toHaveLength(1);
    expect(await handle.rested()).toMatchObject({ fence: 1 });
  });

  test('When a renewal is under way while a run does not finish, Then the saga is due as soon as it was rescheduled', async () => {
    await using bench = openBench();
    const world = createWorld();
    const gate = Promise.withResolvers<void>();
    const refuse = async () => {
      await gate.promise;
      throw new Refusal('cannot');
    };
    const saga = world.letters('AB', {
      A: { undo: refuse },
      B: { run: async () => Promise.reject(new Refusal('no')) },
    });
    const host = await bench.openHost([saga]);
    const handle = await host.sagas.start(saga, START);
    await until('the undo of A is under way', async () => (await host.find()).steps[0]?.undo?.status === 'running');
    const { transaction } = host.store;
    const [held, renewed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let renewals = 0;
    host.store.transaction = async (work, options) => {
      renewals += 1;
      if (renewals > 1) return transaction(work, options);
      await held.promise;
      return transaction(work, options).finally(renewed.resolve);
    };
    await until('a renewal is under way', () => renewals === 1);
    gate.resolve();
    const left = await settled(handle.rested());
    expect(left).toMatchObject({ status: 'stuck', worker: null });
    held.resolve();
    await renewed.promise;

    expect(await host.find()).toEqual(left);
    expect((left.dueAt ?? 0) - Date.now()).toBeLessThanOrEqual(250);
  });
});
