import { overPostgres } from 'durable-store/testing';
import { describe, expect, test, vi } from 'vitest';
import { forever, type Host, openBench, settled, until } from '../test/bench.ts';
import { createWorld, lettersBy } from '../test/letters.ts';
import { Refusal } from './index.ts';

const HOUR_MS = 3_600_000;
// As for a user, who hands over none.
const OWN_CLOCK = { now: undefined };
const START = { id: 'saga-1', input: 'input', secret: 'canary' };

/** A wall clock that can be set. */
function createClock() {
  let skew = 0;
  return {
    now: () => Date.now() + skew,
    setBack: (ms: number) => {
      skew -= ms;
    },
  };
}

describe('a clock of the caller that is set back by an hour', () => {
  test('When a saga waits between two runs, Then it is claimed as soon as before', async () => {
    await using bench = openBench();
    const world = createWorld();
    const { now, setBack } = createClock();
    let repaired = false;
    const saga = world.letters('AB', {
      A: { undo: async () => (repaired ? undefined : Promise.reject(new Error('away'))) },
      B: { run: async () => Promise.reject(new Refusal('no')) },
    });
    const host = await bench.openHost([saga], { recover: true, now });
    await host.run(saga, 'input');

    setBack(HOUR_MS);
    repaired = true;
    const asked = Date.now();
    await host.untilEnded();

    expect(Date.now() - asked).toBeLessThan(1_000);
    expect(await host.find()).toMatchObject({ status: 'compensated' });
  });

  test('When its process has died, Then its lease is over', async () => {
    await using bench = openBench();
    const world = createWorld();
    const { now, setBack } = createClock();
    const hanging = world.letters('A', { A: { run: () => forever } });
    const dead = await bench.openHost([hanging], { now });
    await dead.sagas.start(hanging, START);
    void dead.kill();

    setBack(HOUR_MS);
    const asked = Date.now();
    const next = await bench.openHost([world.letters('A')], { recover: true, now });
    await next.untilEnded();

    expect(Date.now() - asked).toBeLessThan(1_000);
  });

  test('When a saga runs in this process, Then it is not claimed beside its run', async () => {
    await using bench = openBench();
    const gate = Promise.withResolvers<void>();
    const { now, setBack } = createClock();
    const saga = createWorld().letters('A', { A: { run: () => gate.promise } });
    const host = await bench.openHost([saga], { recover: true, now });
    const handle = await host.sagas.start(saga, START);

    setBack(HOUR_MS);
    const asked = Date.now();
    await until('many leases are over', () => Date.now() - asked > 15_000);
    gate.resolve();

    expect(await settled(handle.outcome())).toMatchObject({ completed: true, saga: { fence: 1 } });
  });

  test('When a saga sleeps, Then its timer keeps its time', async () => {
    await using bench = openBench();
    const world = createWorld();
    const { now, setBack } = createClock();
    const a = world.step('A');
    const saga = lettersBy([a], async (steps, input) => {
      await steps.sleep('cool off', 30_000);
      await steps.step(a, input);
    });
    const host = await bench.openHost([saga], { recover: true, now });
    expect(await host.run(saga, 'input')).toMatchObject({ status: 'waiting' });
    const { wakeAt } = await host.find();

    setBack(10_000);
    await until('30 s have gone by', () => now() > (wakeAt ?? 0) - 1_000);
    expect(await host.find()).toMatchObject({ status: 'waiting', wakeAt });
    await host.untilEnded();

    expect(now()).toBeGreaterThanOrEqual(wakeAt ?? 0);
    expect(world.trail).toEqual(['A']);
  });
});

describe.skipIf(overPostgres())('the wall clock of a machine whose process has its store to itself', () => {
  const sleeper = (world = createWorld()) => {
    const a = world.step('A');
    return lettersBy([a], async (steps, input) => {
      await steps.sleep('cool off', 30_000);
      await steps.step(a, input);
    });
  };

  /** How long it takes until the saga has ended, by a clock that is never set. */
  async function untilEnded(host: Host): Promise<number> {
    const asked = performance.now();
    await host.untilEnded();
    return performance.now() - asked;
  }

  test.each([-HOUR_MS, 26 * HOUR_MS])('When it is moved by %i ms, Then a timer goes off when it is due', async (ms) => {
    await using bench = openBench();
    const saga = sleeper();
    const host = await bench.openHost([saga], { ...OWN_CLOCK, recover: true });
    await host.run(saga, 'input');

    vi.setSystemTime(Date.now() + ms);

    expect(Math.abs((await untilEnded(host)) - 30_000)).toBeLessThan(1_000);
    const { createdAt, updatedAt } = await host.find();
    expect(Math.abs(updatedAt - createdAt - 30_000)).toBeLessThan(1_000);
  });

  test('When it is set back between two processes, Then the next one waits no longer than the first', async () => {
    await using bench = openBench();
    const saga = sleeper();
    const dead = await bench.openHost([saga], OWN_CLOCK);
    await dead.run(saga, 'input');
    void dead.kill();

    vi.setSystemTime(Date.now() - 26 * HOUR_MS);
    const next = await bench.openHost([saga], { ...OWN_CLOCK, recover: true });

    expect(Math.abs((await untilEnded(next)) - 30_000)).toBeLessThan(1_000);
  });
});

describe.runIf(overPostgres())('a shared store', () => {
  test('When the clocks of two processes are an hour apart, Then leases go by the clock of the store', async () => {
    await using bench = openBench({ fakeTime: false });
    const gate = Promise.withResolvers<void>();
    const saga = createWorld().letters('A', { A: { run: () => gate.promise } });
    const host = await bench.openHost([saga]);
    const handle = await host.sagas.start(saga, START);
    const now = Date.now.bind(Date);
    vi.spyOn(Date, 'now').mockImplementation(() => now() + HOUR_MS);

    const other = await bench.openHost([saga], { recover: true });
    const second = await other.sagas.start(saga, { ...START, id: 'saga-2' });
    const { createdAt } = await host.find();
    const { createdAt: later } = await host.find('saga-2');
    gate.resolve();
    await handle.outcome();
    await second.outcome();

    expect(Math.abs(later - createdAt)).toBeLessThan(HOUR_MS / 60);
    expect(await host.find()).toMatchObject({ status: 'completed', fence: 1 });
  });
});
