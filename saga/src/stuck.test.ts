import { describe, expect, test } from 'vitest';
import { openBench, settled, until } from '../test/bench.ts';
import { createWorld, lettersBy, type World } from '../test/letters.ts';
import { type FailureTraits, Refusal } from './index.ts';

const START = { id: 'saga-1', input: 'input', secret: 'canary' };

/** The peer is away: the same call may succeed a moment later. */
class Away extends Error implements FailureTraits {
  readonly noSideEffect = true;
  readonly retryable = true;
  readonly code = 'away';
}

/** A peer that is away for a time. */
function createPeer(awayMs: number) {
  const begun = Date.now();
  const call = async () => {
    if (Date.now() - begun < awayMs) throw new Away();
  };
  return { call, isBack: () => Date.now() - begun >= awayMs };
}

const undoing = (world: World, call: () => Promise<void>) =>
  world.letters('AB', {
    A: { undo: () => call().then(() => world.undo('A')) },
    B: { run: async () => Promise.reject(new Refusal('no')) },
  });

const pastPivot = (world: World, call: () => Promise<void>) => {
  const [pivot, mail] = [world.step('A', { pivot: true }), world.step('B', { run: call })];
  return lettersBy([pivot, mail], async (saga, input) => {
    await saga.step(pivot, input);
    await saga.step(mail, input);
  });
};

const kinds = [
  ['an undo', undoing, 'A', 'compensated'],
  ['a step past the pivot', pastPivot, 'B', 'completed'],
] as const;

describe.each(kinds)('%s whose peer is away', (_what, define, step, end) => {
  test('When that is for 20 s, Then the saga is never stuck, however many runs did not finish, and ends', async () => {
    await using bench = openBench();
    const peer = createPeer(20_000);
    const saga = define(createWorld(), peer.call);
    const host = await bench.openHost([saga], { recover: true });
    await host.sagas.start(saga, START);
    await until('many runs did not finish', async () => (await host.find()).reschedules > 5);
    expect(await host.find()).toMatchObject({ reason: { code: 'away', step } });

    await host.untilEnded();

    expect(await host.find()).toMatchObject({ status: end, reschedules: 0, reason: null });
    expect(host.events.filter(({ status }) => status === 'stuck')).toEqual([]);
    expect(peer.isBack()).toBe(true);
  });

  test('When that is for longer than 30 s, Then the saga is stuck with its reason, and ends all the same once the peer is back', async () => {
    await using bench = openBench();
    const peer = createPeer(50_000);
    const saga = define(createWorld(), peer.call);
    const host = await bench.openHost([saga], { recover: true });
    const begun = Date.now();
    await host.sagas.start(saga, START);

    await host.untilStatus('stuck');
    expect(Date.now() - begun).toBeGreaterThanOrEqual(30_000);
    expect(Date.now() - begun).toBeLessThan(36_000);
    expect(await host.find()).toMatchObject({ reason: { code: 'away', step } });
    await host.untilEnded();

    expect(await host.find()).toMatchObject({ status: end, reschedules: 0, reason: null });
  });
});

describe('the time after which a saga is stuck', () => {
  test('When a process names one, Then that counts', async () => {
    await using bench = openBench();
    const saga = pastPivot(createWorld(), createPeer(60_000).call);
    const host = await bench.openHost([saga], { recover: true, stuckAfterMs: 5_000 });
    const begun = Date.now();
    await host.sagas.start(saga, START);

    await host.untilStatus('stuck');

    expect(Date.now() - begun).toBeLessThan(10_000);
  });

  test('When a step is done in between, Then it counts from there', async () => {
    await using bench = openBench();
    const world = createWorld();
    const [first, second] = [createPeer(20_000), createPeer(40_000)];
    const steps = [
      world.step('A', { pivot: true }),
      world.step('B', { run: first.call }),
      world.step('C', { run: second.call }),
    ];
    const saga = lettersBy(steps, async (run, input) => {
      for (const step of steps) await run.step(step, input);
    });
    const host = await bench.openHost([saga], { recover: true });

    const handle = await host.sagas.start(saga, START);

    expect(await settled(handle.outcome())).toMatchObject({ completed: true });
    expect(host.events.filter(({ status }) => status === 'stuck')).toEqual([]);
  });

  test('When a step past the pivot is refused, Then the saga is stuck at once and nothing is undone', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = pastPivot(world, async () => Promise.reject(new Refusal('bounced')));
    const host = await bench.openHost([saga], { recover: true });

    expect(await host.run(saga, 'input')).toMatchObject({
      status: 'stuck',
      goal: 'complete',
      reason: { code: 'bounced', step: 'B' },
    });
    expect(world.undone()).toEqual([]);
  });
});
