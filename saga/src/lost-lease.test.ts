import { describe, expect, test } from 'vitest';
import { forever, openBench, settled, until } from '../test/bench.ts';
import { createGated } from '../test/gated.ts';
import { createWorld } from '../test/letters.ts';
import { LEASE_MS } from './claims.ts';
import { Refusal } from './index.ts';

const START = { id: 'saga-1', input: 'input', secret: 'canary' };

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
    const { transaction } = host.store;
    const renewedAt: number[] = [];
    host.store.transaction = (work, options) => {
      renewedAt.push(Date.now());
      return transaction(work, options);
    };

    await settled(handle.rested());

    // The first renewal finds it, well before the lease runs out. How long that takes the store is not the engine's.
    expect(renewedAt).toHaveLength(1);
    expect(renewedAt[0]).toBeLessThan((handle.record.dueAt as number) - LEASE_MS / 2);
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
    setTimeout(() => limit.abort(), 5_000);

    await expect(outcome).rejects.toMatchObject({ name: 'OutcomeUnknown', code: 'outcome_unknown' });
    expect(limit.signal.aborted).toBe(true);
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
