import { describe, expect, test } from 'vitest';
import { openBench, settled, until } from '../test/bench.ts';
import { createWorld } from '../test/letters.ts';
import { Unclear } from '../test/unclear.ts';

const lose = async () => {
  throw new Unclear('the response is lost');
};

/** An effort that heeds no signal and ends when told; it counts how often it was begun. */
function createStubborn() {
  const gate = Promise.withResolvers<string>();
  const seen = { begun: 0, signalled: 0 };
  const work = ({ signal }: { signal: AbortSignal }) => {
    seen.begun += 1;
    signal.addEventListener('abort', () => {
      seen.signalled += 1;
    });
    return gate.promise;
  };
  return { work, seen, end: gate.resolve, fail: gate.reject };
}

describe('an undo that heeds no signal', () => {
  test('When it takes 50 s, Then it is never begun again beside itself, and is done when it ends', async () => {
    await using bench = openBench();
    const world = createWorld();
    const { work, seen, end } = createStubborn();
    const saga = world.letters('AB', { A: { undo: work }, B: { run: lose } });
    const host = await bench.openHost([saga], { recover: true });
    const begun = Date.now();
    const record = await host.run(saga, 'input');
    expect(record).toMatchObject({ status: 'compensating', reschedules: 1, reason: { code: 'timed_out', step: 'A' } });
    expect(record.steps[0]?.undo).toMatchObject({ status: 'failed', code: 'timed_out', attempts: 1 });

    await until('it has taken 50 s', () => Date.now() - begun > 50_000);
    expect(seen).toMatchObject({ begun: 1, signalled: 1 });
    end('in the end');
    await host.untilEnded();

    expect(await host.find()).toMatchObject({ status: 'compensated', steps: [{ undo: { status: 'done' } }, {}] });
    expect(seen.begun).toBe(1);
  });

  test('When it fails in the end, Then only then is it begun again', async () => {
    await using bench = openBench();
    const world = createWorld();
    const { work, seen, fail } = createStubborn();
    const undo: typeof work = (call) => (seen.begun === 0 ? work(call) : Promise.resolve(world.undo('A') as never));
    const saga = world.letters('AB', { A: { undo, undoTimeoutMs: 500 }, B: { run: lose } });
    const host = await bench.openHost([saga], { recover: true });
    await host.run(saga, 'input');
    await until('some runs did not finish', async () => (await host.find()).reschedules > 2);
    expect(seen.begun).toBe(1);
    fail(new Error('in the end'));
    await host.untilEnded();

    expect(await host.find()).toMatchObject({ status: 'compensated' });
    expect(world.undone()).toEqual(['undo B', 'undo A']);
  });

  test('When it is done between two runs, Then the next one takes that and does not begin it again', async () => {
    await using bench = openBench();
    const { work, seen, end } = createStubborn();
    const saga = createWorld().letters('AB', { A: { undo: work, undoTimeoutMs: 500 }, B: { run: lose } });
    const host = await bench.openHost([saga], { recover: true });
    expect(await host.run(saga, 'input')).toMatchObject({ status: 'compensating', worker: null });
    end('between two runs');
    await host.untilEnded();

    expect(await host.find()).toMatchObject({ status: 'compensated', steps: [{ undo: { status: 'done' } }, {}] });
    expect(seen.begun).toBe(1);
  });

  test('When its step has limits of its own, Then those count', async () => {
    await using bench = openBench();
    const { work } = createStubborn();
    const saga = createWorld().letters('AB', { A: { undo: work, undoTimeoutMs: 20_000 }, B: { run: lose } });
    const host = await bench.openHost([saga]);
    const begun = Date.now();

    await host.run(saga, 'input');

    expect(Date.now() - begun).toBeGreaterThanOrEqual(20_000);
    expect(Date.now() - begun).toBeLessThan(23_000);
  });
});

describe('a step that heeds no signal', () => {
  test('When its time is over, Then it is not begun again beside itself: the saga is rolled back', async () => {
    await using bench = openBench();
    const world = createWorld();
    const { work, seen } = createStubborn();
    const saga = world.letters('AB', { B: { run: work, timeoutMs: 500 } });
    const host = await bench.openHost([saga]);

    const record = await host.run(saga, 'input');

    expect(record).toMatchObject({ status: 'compensated', failure: { step: 'B', code: 'timed_out' } });
    expect(seen).toEqual({ begun: 1, signalled: 1 });
    expect(world.undone()).toEqual(['undo B', 'undo A']);
  });

  test('When its process claims its saga again, Then it joins the attempt that is still under way', async () => {
    await using bench = openBench();
    const { work, seen, end } = createStubborn();
    const saga = createWorld().letters('A', { A: { run: work, timeoutMs: 120_000 } });
    const host = await bench.openHost([saga], { recover: true });
    await host.sagas.start(saga, { id: 'saga-1', input: 'input', secret: 'canary' });
    await settled(host.sagas.pause('saga-1', { by: 'ops' }));
    await settled(host.sagas.resume('saga-1', { by: 'ops' }));
    expect(await host.find()).toMatchObject({ status: 'pending', fence: 4, worker: expect.any(String) });
    end('in the end');
    await host.untilEnded();

    expect(seen.begun).toBe(1);
    expect(await host.find()).toMatchObject({ status: 'completed', result: ['in the end'] });
  });

  test('When it succeeds between two runs, Then the next one takes its result and does not begin it again', async () => {
    await using bench = openBench();
    const { work, seen, end } = createStubborn();
    const saga = createWorld().letters('PB', { P: { pivot: true }, B: { run: work, timeoutMs: 500 } });
    const host = await bench.openHost([saga], { recover: true });
    expect(await host.run(saga, 'input')).toMatchObject({ worker: null, reason: { code: 'timed_out', step: 'B' } });
    end('in the end');
    await host.untilEnded();

    expect(await host.find()).toMatchObject({ status: 'completed', result: ['did P', 'in the end'] });
    expect(seen.begun).toBe(1);
  });

  test('When it heeds its signal late, Then it is retried', async () => {
    await using bench = openBench();
    let begun = 0;
    const saga = createWorld().letters('A', {
      A: {
        timeoutMs: 500,
        run({ signal }) {
          begun += 1;
          if (begun > 1) return Promise.resolve('at last');
          return new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => setTimeout(() => reject(new Error('aborted')), 300));
          });
        },
      },
    });
    const host = await bench.openHost([saga]);

    expect(await host.run(saga, 'input')).toMatchObject({ status: 'completed', result: ['at last'] });
    expect(begun).toBe(2);
  });

  test('When an operator cancels its saga, Then it is signalled at once and has settled before it is undone', async () => {
    await using bench = openBench();
    const world = createWorld();
    const { work, seen, end } = createStubborn();
    const run: typeof work = (call) => work(call).then(() => world.perform('A'));
    const saga = world.letters('A', { A: { run } });
    const host = await bench.openHost([saga]);
    await host.sagas.start(saga, { id: 'saga-1', input: 'input', secret: 'canary' });
    await settled(host.sagas.cancel('saga-1', { by: 'ops' }));
    setTimeout(() => end('late'), 500);

    await host.untilEnded();

    expect(await host.find()).toMatchObject({ status: 'cancelled' });
    expect(seen).toEqual({ begun: 1, signalled: 1 });
    expect(world.trail).toEqual(['A', 'undo A']);
  });
});
