import { describe, expect, test } from 'vitest';
import { forever, openBench, settled, until } from '../test/bench.ts';
import { createWorld } from '../test/letters.ts';
import { Unclear } from '../test/unclear.ts';
import { Stalled } from './drive.ts';

describe('closing', () => {
  test('When what is driven ends within the grace, Then closing waits for it', async () => {
    await using bench = openBench();
    const world = createWorld();
    const gate = Promise.withResolvers<void>();
    const saga = world.letters('AB', { A: { run: () => gate.promise } });
    const host = await bench.openHost([saga]);
    const { ended } = await host.runner.start(saga, 'saga-1', 'input', { secret: 'canary' });

    const closed = host.runner.close(5_000);
    gate.resolve();
    await settled(closed);

    expect(await ended).toMatchObject({ status: 'completed' });
  });

  test('When a step outlasts the grace, Then it is halted undecided and the next process takes it up at once', async () => {
    await using bench = openBench();
    const world = createWorld();
    const hanging = world.letters('AB', { B: { run: () => forever } });
    const host = await bench.openHost([hanging]);
    const { ended, decided } = await host.runner.start(hanging, 'saga-1', 'input', { secret: 'canary' });
    const undecided = decided.catch((error: unknown) => error);

    await settled(host.runner.close(100));
    await ended;
    expect(await host.find()).toMatchObject({ status: 'pending', stalls: 0, steps: [{}, { status: 'running' }] });
    expect((await host.find()).dueAt).toBeLessThanOrEqual(Date.now());
    expect(await settled(undecided)).toBeInstanceOf(Stalled);

    const next = await bench.openHost([world.letters('AB')]);
    const opened = Date.now();
    await next.runner.open();
    await next.untilTerminal();
    expect(Date.now() - opened).toBeLessThan(400);
    expect(await next.find()).toMatchObject({ status: 'completed' });
  });

  test('When an undo outlasts the grace, Then it has not failed and is run again by the next process', async () => {
    await using bench = openBench();
    const world = createWorld();
    const lose = async () => Promise.reject(new Unclear('the answer is lost'));
    const hanging = world.letters('A', { A: { run: lose, undo: () => forever } });
    const host = await bench.openHost([hanging]);
    await host.runner.start(hanging, 'saga-1', 'input', { secret: 'canary' });
    await until('the undo is running', async () => (await host.find()).steps[0]?.undo?.status === 'running');

    await settled(host.runner.close(0));
    expect(await host.find()).toMatchObject({
      status: 'compensating',
      stalls: 0,
      steps: [{ undo: { status: 'running' } }],
    });

    const next = await bench.openHost([world.letters('A')]);
    await next.runner.open();
    await next.untilTerminal();
    expect(await next.find()).toMatchObject({ status: 'compensated' });
  });

  test('When it is closed while it looks for unfinished sagas, Then it waits for what it takes up', async () => {
    await using bench = openBench();
    const world = createWorld();
    const hanging = world.letters('A', { A: { run: () => forever } });
    const dead = await bench.openHost([hanging]);
    await dead.runner.start(hanging, 'saga-1', 'input', { secret: 'canary' });
    await settled(dead.runner.close(0));

    const host = await bench.openHost([world.letters('A')]);
    await host.runner.open();
    await host.runner.close(5_000);

    expect(await host.find()).toMatchObject({ status: 'completed' });
  });
});
