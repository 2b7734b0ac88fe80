import { describe, expect, test } from 'vitest';
import { forever, openBench, until } from '../test/bench.ts';
import { createWorld, lettersBy } from '../test/letters.ts';

describe('a function that hangs between two steps', () => {
  test('When it waits for nothing of the engine, Then that run did not finish, and it is stuck if it stays so', async () => {
    await using bench = openBench();
    const world = createWorld();
    const a = world.step('A');
    const saga = lettersBy([a], async (steps, input) => {
      await steps.step(a, input);
      await forever;
    });
    const host = await bench.openHost([saga], { recover: true });

    const record = await host.run(saga, 'input');
    expect(record).toMatchObject({
      status: 'pending',
      reschedules: 1,
      reason: { code: 'function_hangs' },
      worker: null,
    });
    await host.untilStatus('stuck');

    expect(await host.find()).toMatchObject({ reason: { code: 'function_hangs', step: null } });
    expect(world.trail).toEqual(['A']);
  });

  test('When the next run does not hang, Then the saga completes', async () => {
    await using bench = openBench();
    const world = createWorld();
    const [a, b] = [world.step('A'), world.step('B')];
    let runs = 0;
    const saga = lettersBy([a, b], async (steps, input) => {
      await steps.step(a, input);
      runs += 1;
      if (runs === 1) await forever;
      return steps.step(b, input);
    });
    const host = await bench.openHost([saga], { recover: true });

    await host.run(saga, 'input');
    await host.untilEnded();

    expect(await host.find()).toMatchObject({ status: 'completed', result: 'did B' });
    expect(world.trail).toEqual(['A', 'B']);
  });

  test('When a step of it takes longer than that, Then it does not count as hanging', async () => {
    await using bench = openBench();
    const gate = Promise.withResolvers<string>();
    const saga = createWorld().letters('A', { A: { run: () => gate.promise, timeoutMs: 60_000 } });
    const host = await bench.openHost([saga]);
    const begun = Date.now();
    const handle = await host.sagas.start(saga, { id: 'saga-1', input: 'input', secret: 'canary' });

    await until('it has taken long', () => Date.now() - begun > 25_000);
    gate.resolve('in the end');
    await host.untilEnded();

    expect(await handle.outcome()).toMatchObject({ completed: true, saga: { fence: 1, reschedules: 0 } });
  });
});
