import { describe, expect, test, vi } from 'vitest';
import { openBench, settled, until } from '../test/bench.ts';
import { createWorld, type LetterStep } from '../test/letters.ts';
import { defineSaga, Refusal, type Saga } from './index.ts';

const HOUR = 3_600_000;
const LEASE = 6_000;
const refuse = async () => {
  throw new Refusal('no_room');
};
const after = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

function sagaOf(steps: LetterStep[], run: (saga: Saga) => Promise<unknown>, deadlineMs = 60_000) {
  return defineSaga<string, string, string, never>('with waits', {
    deadlineMs,
    steps,
    run: async (saga) => {
      await run(saga);
      return 'done';
    },
  });
}

/** A saga that does A, sleeps for an hour and does B. */
function createSleeper() {
  const world = createWorld();
  const [A, B] = [world.step('A'), world.step('B')];
  const saga = sagaOf([A, B], async (it) => {
    await it.step(A, '');
    await it.sleep('an hour', '1h');
    await it.step(B, '');
  });
  return { ...world, saga };
}

describe('a timer', () => {
  test('When a saga waits, Then no worker holds it, its slot is free and its secret is gone', async () => {
    await using bench = openBench();
    const world = createWorld();
    let secret: { value: unknown } | undefined;
    const A = world.step('A', {
      async run(call) {
        secret = call.secret;
        return call.secret.value;
      },
    });
    const saga = sagaOf([A], async (it) => {
      await it.step(A, '');
      await it.sleep('an hour', '1h');
    });
    const host = await bench.openHost([saga]);
    const handle = await host.sagas.start(saga, { id: 'saga-1', input: 'input', secret: 'canary' });

    const record = await settled(handle.rested());

    expect(record).toMatchObject({ status: 'waiting', worker: null, dueAt: null, steps: [{ result: 'canary' }, {}] });
    expect(record.wakeAt).toBe((record.steps[1]?.startedAt ?? 0) + HOUR);
    expect(() => secret?.value).toThrow(expect.objectContaining({ code: 'secret_lost' }));
    await settled(host.sagas.close());
  });

  test('When the process is killed meanwhile, Then the timer goes off when it would have', async () => {
    await using bench = openBench();
    const { saga, trail } = createSleeper();
    const first = await bench.openHost([saga]);
    const { wakeAt } = await first.run(saga, 'input');
    first.kill();

    vi.setSystemTime(Date.now() + HOUR / 2);
    const second = await bench.openHost([saga], { recover: true, exclusive: true });
    const opened = Date.now();
    await until('it could have been claimed', () => Date.now() > opened + 1_000);
    expect(await second.find()).toMatchObject({ status: 'waiting', wakeAt });
    second.kill();
    vi.setSystemTime((wakeAt ?? 0) - 100);
    const third = await bench.openHost([saga], { recover: true });
    await third.untilEnded();

    expect(await third.find()).toMatchObject({ status: 'completed' });
    expect(Date.now()).toBeLessThanOrEqual((wakeAt ?? 0) + 1_000);
    expect(trail).toEqual(['A', 'B']);
  });

  test('When the process is killed after the timer went off, Then its run is recovered like any other', async () => {
    await using bench = openBench();
    const world = createWorld();
    const A = world.step('A', { run: async () => (world.trail.push('A') === 1 ? first.kill() : world.perform('A')) });
    const saga = sagaOf([A], async (it) => {
      await it.sleep('a moment', '1s');
      await it.step(A, '');
    });
    const first = await bench.openHost([saga], { recover: true });
    await first.run(saga, 'input');
    await until('A has begun', () => world.trail.length === 1);

    const second = await bench.openHost([saga], { recover: true });
    await second.untilEnded();

    expect(await second.find()).toMatchObject({ status: 'completed', wakeAt: null });
  });

  test('When a saga waits for longer than its deadline, Then that does not count', async () => {
    await using bench = openBench();
    const world = createWorld();
    const A = world.step('A', { run: () => after(300).then(() => world.perform('A')) });
    const saga = sagaOf(
      [A],
      async (it) => {
        await it.sleep('a while', '2s');
        await it.step(A, '');
      },
      500,
    );
    const host = await bench.openHost([saga], { recover: true });

    await host.run(saga, 'input');
    await host.untilEnded();

    expect(await host.find()).toMatchObject({ status: 'completed' });
  });
});

describe('the clock', () => {
  test('When it goes back an hour, Then leases and waits between runs are over and timers keep their time', async () => {
    await using bench = openBench();
    const { saga, trail } = createSleeper();
    const world = createWorld();
    const interrupted = world.letters('C', {
      C: { run: async () => (world.trail.push('C') === 1 ? first.kill() : 'C') },
    });
    const first = await bench.openHost([saga, interrupted]);
    const { wakeAt } = await first.run(saga, 'input', 'sleeper');
    await first.sagas.start(interrupted, { id: 'interrupted', input: 'input' });
    await until('C has begun', () => world.trail.length === 1);

    vi.setSystemTime(Date.now() - HOUR);
    const back = Date.now();
    const second = await bench.openHost([saga, interrupted], { recover: true });
    await second.untilEnded('interrupted');

    expect(Date.now() - back).toBeLessThan(LEASE);
    expect(await second.find('sleeper')).toMatchObject({ status: 'waiting', wakeAt });
    expect(trail).toEqual(['A']);
  });

  test('When it goes forward an hour, Then a timer of an hour goes off and what runs goes on', async () => {
    await using bench = openBench();
    const { saga, trail } = createSleeper();
    const world = createWorld();
    const running = world.letters('C', { C: { run: () => after(3_000).then(() => world.perform('C')) } });
    const host = await bench.openHost([saga, running], { recover: true });
    await host.run(saga, 'input', 'sleeper');
    const handle = await host.sagas.start(running, { id: 'running', input: 'input' });

    vi.setSystemTime(Date.now() + HOUR);
    await host.untilEnded('sleeper');

    expect(trail).toEqual(['A', 'B']);
    expect(await settled(handle.outcome())).toMatchObject({ completed: true });
    expect(world.trail).toEqual(['C']);
  });
});

describe('waits beside steps', () => {
  test('When a step is still running, Then the run goes on; when nothing but waits is open, Then it ends', async () => {
    await using bench = openBench();
    const world = createWorld();
    const [A, B] = [world.step('A', { run: () => after(300).then(() => world.perform('A')) }), world.step('B')];
    const saga = sagaOf([A, B], (it) =>
      Promise.all([it.waitFor('approval', { timeout: '1h' }), it.step(A, '').then(() => it.step(B, ''))]),
    );
    const host = await bench.openHost([saga], { recover: true });
    const handle = await host.sagas.start(saga, { id: 'saga-1', input: 'input' });
    await until('A is running', async () => (await host.find()).steps.length === 2);
    expect(await host.find()).toMatchObject({ status: 'pending' });

    expect(await settled(handle.rested())).toMatchObject({ status: 'waiting', worker: null });

    expect(world.trail).toEqual(['A', 'B']);
    await settled(host.sagas.signal('saga-1', 'approval', 'yes'));
    await host.untilStatus('completed');
    expect(world.trail).toEqual(['A', 'B']);
  });

  test('When a step fails beside a wait and nothing catches it, Then the saga is rolled back and waits no more', async () => {
    await using bench = openBench();
    const world = createWorld();
    const [A, B] = [world.step('A'), world.step('B', { run: refuse })];
    const saga = sagaOf([A, B], async (it) => {
      await it.step(A, '');
      await Promise.all([it.waitFor('approval', { timeout: '1h' }), it.step(B, '')]);
    });
    const host = await bench.openHost([saga]);

    expect(await host.run(saga, 'input')).toMatchObject({ status: 'compensated', wakeAt: null });
  });
});
