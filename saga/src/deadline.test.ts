import { describe, expect, test } from 'vitest';
import { forever, openBench, settled } from '../test/bench.ts';
import { createWorld, lettersBy } from '../test/letters.ts';

const DEADLINE_MS = 5_000;
const within = { deadlineMs: DEADLINE_MS };

describe('the deadline', () => {
  test('When a step hangs and does not heed its signal, Then it ends all the same and is undone', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('AB', { B: { run: () => forever } }, within);
    const host = await bench.openHost([saga]);

    const record = await host.run(saga, 'input');

    expect(record).toMatchObject({ status: 'compensated', failure: { step: 'B', code: 'deadline_exceeded' } });
    expect(record.steps[1]).toMatchObject({ status: 'unknown', attempts: 1 });
    expect(world.undone()).toEqual(['undo B', 'undo A']);
  });

  test('When it passes while steps run side by side, Then that is why each of them ended', async () => {
    await using bench = openBench();
    const world = createWorld();
    const [a, b] = [world.step('A', { run: () => forever }), world.step('B', { run: () => forever })];
    const saga = lettersBy([a, b], (it, input) => Promise.all([it.step(a, input), it.step(b, input)]), within);
    const host = await bench.openHost([saga]);

    const { steps } = await host.run(saga, 'input');

    expect(steps.map(({ code }) => code)).toEqual(['deadline_exceeded', 'deadline_exceeded']);
  });

  test('When it passes while a step waits for its next attempt, Then the wait is over and the last failure counts', async () => {
    await using bench = openBench();
    const world = createWorld();
    let calls = 0;
    const run = async () => {
      calls += 1;
      throw new Error('no response');
    };
    const saga = world.letters('A', { A: { run } }, within);
    const host = await bench.openHost([saga]);

    const record = await host.run(saga, 'input');
    const [step] = record.steps;

    expect(record).toMatchObject({ status: 'compensated', failure: { step: 'A', code: 'unexpected_error' } });
    expect(step?.attempts).toBe(calls);
    expect(calls).toBeGreaterThan(1);
    expect((step?.endedAt ?? 0) - (step?.startedAt ?? 0)).toBeLessThan(DEADLINE_MS + 20);
  });

  test('When it has passed before a step begins, Then that step neither runs nor is undone', async () => {
    await using bench = openBench();
    const world = createWorld();
    const [a, b] = [world.step('A'), world.step('B')];
    const saga = lettersBy(
      [a, b],
      async (steps, input) => {
        await steps.step(a, input);
        await new Promise((passed) => setTimeout(passed, DEADLINE_MS + 1));
        await steps.step(b, input);
      },
      within,
    );
    const host = await bench.openHost([saga]);

    const record = await host.run(saga, 'input');

    expect(record).toMatchObject({ status: 'compensated', failure: { step: 'B', code: 'deadline_exceeded' } });
    expect(record.steps[1]).toMatchObject({ status: 'failed', attempts: 0, undo: { status: 'registered' } });
    expect(world.trail).toEqual(['A', 'undo A']);
  });

  test('When the response comes after it, Then it changes nothing', async () => {
    await using bench = openBench();
    const world = createWorld();
    const response = Promise.withResolvers<string>();
    const saga = world.letters('A', { A: { run: () => response.promise } }, within);
    const host = await bench.openHost([saga]);
    await host.run(saga, 'input');
    const before = await host.find();

    response.resolve('too late');
    await host.store.ping();
    await settled(host.sagas.close());

    expect(await host.find()).toEqual(before);
    expect(before.status).toBe('compensated');
  });

  test('When it is longer than a timer can be set to, Then it has not passed at once', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('AB', {}, { deadlineMs: 30 * 24 * 60 * 60 * 1_000 });
    const host = await bench.openHost([saga]);

    expect(await host.run(saga, 'input')).toMatchObject({ status: 'completed' });
    expect(world.trail).toEqual(['A', 'B']);
  });
});
