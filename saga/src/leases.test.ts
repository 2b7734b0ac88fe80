import { describe, expect, test } from 'vitest';
import { forever, openBench, settled, until } from '../test/bench.ts';
import { createWorld } from '../test/letters.ts';
import { defineSaga } from './index.ts';
import { LEASE_MS } from './leases.ts';

/** A story with one step that says when it is at work and waits to be let go. */
function createGated(world: ReturnType<typeof createWorld>) {
  const gates: Array<PromiseWithResolvers<string>> = [];
  const saga = world.letters('AB', {
    A: {
      run() {
        const gate = Promise.withResolvers<string>();
        gates.push(gate);
        return gate.promise;
      },
    },
  });
  return { saga, gates };
}

describe('a lease', () => {
  test('When a step takes longer than a lease, Then the lease is renewed and nobody else takes the saga up', async () => {
    await using bench = openBench();
    const { saga, gates } = createGated(createWorld());
    const host = await bench.openHost([saga]);
    const other = await bench.openHost([saga]);
    await other.runner.open();

    const { ended } = await host.runner.start(saga, 'saga-1', 'input', { secret: 'canary' });
    const begun = Date.now();
    await until('many leases are over', () => Date.now() - begun > 15_000);
    gates[0]?.resolve('done in the end');

    expect(await settled(ended)).toMatchObject({ status: 'completed', fence: 1 });
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

    const beginning = host.runner.start(saga, 'saga-1', 'input', { secret: 'canary' });
    await until('the store was away for most of a lease', () => Date.now() - asked > LEASE_MS - 1_000);
    away = false;
    await settled(beginning);

    expect((await host.find()).dueAt).toBeGreaterThan(asked + 2 * LEASE_MS - 1_000);
  });

  test('When leases cannot be renewed for a while, Then the process does not take up what it drives itself', async () => {
    await using bench = openBench();
    const { saga, gates } = createGated(createWorld());
    const host = await bench.openHost([saga]);
    await host.runner.open();
    const { ended } = await host.runner.start(saga, 'saga-1', 'input', { secret: 'canary' });
    const { transaction } = host.store;
    // Taking up is not repeatable, renewing is.
    host.store.transaction = (work, options) =>
      options?.repeatable ? Promise.reject(new Error('away')) : transaction(work, options);
    const begun = Date.now();
    await until('its lease is long over', () => Date.now() - begun > 2 * LEASE_MS);
    expect((await host.find()).dueAt).toBeLessThan(Date.now());
    host.store.transaction = transaction;
    gates[0]?.resolve('done in the end');

    expect(await settled(ended)).toMatchObject({ status: 'completed', fence: 1 });
    expect(gates).toHaveLength(1);
  });

  test('When the store is slow, Then one round of renewals is under way at a time', async () => {
    await using bench = openBench();
    const { saga } = createGated(createWorld());
    const host = await bench.openHost([saga]);
    await host.runner.start(saga, 'saga-1', 'input', { secret: 'canary' });
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

  test('When two processes look for the same sagas, Then each saga is driven by one of them', async () => {
    await using bench = openBench();
    const running = new Map<string, number>();
    const drives: string[] = [];
    const die = defineSaga('counted', async (saga, _input: string) => saga.step('A', { run: () => forever }));
    const first = await bench.openHost([die]);
    const ids = Array.from({ length: 20 }, (_, index) => `saga-${index}`);
    for (const id of ids) await first.runner.start(die, id, 'input', { secret: 'canary' });
    void first.kill();
    const counted = (host: string) =>
      defineSaga('counted', async (saga, _input: string) =>
        saga.step('A', {
          async run() {
            running.set(saga.id, (running.get(saga.id) ?? 0) + 1);
            drives.push(host);
          },
        }),
      );

    const hosts = [await bench.openHost([counted('second')]), await bench.openHost([counted('third')])];
    for (const { runner } of hosts) await runner.open();
    for (const id of ids) await hosts[0]?.untilTerminal(id);

    expect([...running.values()]).toEqual(ids.map(() => 1));
    expect(drives).toHaveLength(ids.length);
  });

  test('When a driver falls silent and another takes over, Then the first can write nothing any more', async () => {
    await using bench = openBench();
    const world = createWorld();
    const { saga, gates } = createGated(world);
    const started = Date.now();
    // Its clock has stopped, so it sees no lease grow old and renews none.
    const silent = await bench.openHost([saga], { now: () => started });
    const { ended, decided } = await silent.runner.start(saga, 'saga-1', 'input', { secret: 'canary' });
    await until('A is under way', () => gates.length === 1);
    const other = await bench.openHost([saga]);
    await other.runner.open();
    await until('the other one has begun A', () => gates.length === 2);

    gates[0]?.resolve('from the silent one');
    const left = await settled(ended);
    expect(left).toMatchObject({ fence: 1 });
    expect(silent.lines.join('\n')).toContain('somebody else drives this saga now');
    expect(world.trail).toEqual([]);
    expect(await other.find()).toMatchObject({ status: 'pending', fence: 2, steps: [{ status: 'running' }] });

    gates[1]?.resolve('from the other one');
    await other.untilTerminal();
    expect(await settled(decided)).toMatchObject({ status: 'completed', result: ['from the other one', 'did B'] });
    expect(world.trail).toEqual(['B']);
  });

  test('When a process knows that it is alone, Then it waits for no lease', async () => {
    await using bench = openBench();
    const world = createWorld();
    const { saga } = createGated(world);
    const dead = await bench.openHost([saga]);
    await dead.runner.start(saga, 'saga-1', 'input', { secret: 'canary' });
    void dead.kill();
    const next = await bench.openHost([world.letters('AB')]);
    const opened = Date.now();

    await next.runner.open({ alone: true });
    await next.untilTerminal();

    expect(Date.now() - opened).toBeLessThan(1_000);
    expect(await next.find()).toMatchObject({ status: 'completed' });
  });
});
