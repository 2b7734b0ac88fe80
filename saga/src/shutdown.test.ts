import { describe, expect, test } from 'vitest';
import { forever, openBench, settled, until } from '../test/bench.ts';
import { createWorld, lettersBy } from '../test/letters.ts';
import { Unclear } from '../test/unclear.ts';
import { OutcomeUnknown } from './index.ts';

describe('closing', () => {
  test('When what runs ends within the grace, Then closing waits for it', async () => {
    await using bench = openBench();
    const world = createWorld();
    const gate = Promise.withResolvers<void>();
    const saga = world.letters('AB', { A: { run: () => gate.promise } });
    const host = await bench.openHost([saga]);
    const handle = await host.sagas.start(saga, { id: 'saga-1', input: 'input', secret: 'canary' });

    const closed = host.sagas.close({ graceMs: 5_000 });
    gate.resolve();
    await settled(closed);

    expect(await handle.outcome()).toMatchObject({ completed: true, saga: { status: 'completed' } });
  });

  test('When a step outlasts the grace, Then its saga has no outcome and the next process claims it at once', async () => {
    await using bench = openBench();
    const world = createWorld();
    const hanging = world.letters('AB', { B: { run: () => forever } });
    const host = await bench.openHost([hanging]);
    const handle = await host.sagas.start(hanging, { id: 'saga-1', input: 'input', secret: 'canary' });
    const outcome = handle.outcome().catch((error: unknown) => error);

    await settled(host.sagas.close({ graceMs: 100 }));
    expect(await host.find()).toMatchObject({
      status: 'pending',
      reschedules: 0,
      worker: null,
      steps: [{}, { status: 'running' }],
    });
    expect((await host.find()).dueAt).toBeLessThanOrEqual(Date.now());
    expect(await settled(outcome)).toBeInstanceOf(OutcomeUnknown);

    const opened = Date.now();
    const next = await bench.openHost([world.letters('AB')], { recover: true });
    await next.untilEnded();
    expect(Date.now() - opened).toBeLessThan(400);
    expect(await next.find()).toMatchObject({ status: 'completed' });
  });

  test('When an undo outlasts the grace, Then it has not failed and the next process runs it again', async () => {
    await using bench = openBench();
    const world = createWorld();
    const lose = async () => Promise.reject(new Unclear('the response is lost'));
    const hanging = world.letters('A', { A: { run: lose, undo: () => forever } });
    const host = await bench.openHost([hanging]);
    await host.sagas.start(hanging, { id: 'saga-1', input: 'input', secret: 'canary' });
    await until('the undo is running', async () => (await host.find()).steps[0]?.undo?.status === 'running');

    await settled(host.sagas.close());
    expect(await host.find()).toMatchObject({
      status: 'compensating',
      reschedules: 0,
      steps: [{ undo: { status: 'running' } }],
    });

    const next = await bench.openHost([world.letters('A')], { recover: true });
    await next.untilEnded();
    expect(await next.find()).toMatchObject({ status: 'compensated' });
  });

  test('When it is closed while it looks for due sagas, Then it waits for what it claims', async () => {
    await using bench = openBench();
    const world = createWorld();
    const hanging = world.letters('A', { A: { run: () => forever } });
    const dead = await bench.openHost([hanging]);
    await dead.sagas.start(hanging, { id: 'saga-1', input: 'input', secret: 'canary' });
    await settled(dead.sagas.close());

    const host = await bench.openHost([world.letters('A')], { recover: true });
    await settled(host.sagas.close({ graceMs: 5_000 }));

    expect(await host.find()).toMatchObject({ status: 'completed' });
  });

  test('When a function and a step heed nothing, Then closing returns all the same', async () => {
    await using bench = openBench();
    const world = createWorld();
    const hanging = world.letters('A', { A: { run: () => forever } });
    const b = world.step('B');
    const idle = lettersBy([b], (saga, input) => saga.step(b, input).then(() => forever), { version: 2 });
    const host = await bench.openHost([hanging, idle]);
    await host.sagas.start(hanging, { id: 'saga-1', input: 'input', secret: 'canary' });
    await host.sagas.start(idle, { id: 'saga-2', input: 'input', secret: 'canary' });
    const begun = Date.now();

    await settled(host.sagas.close({ graceMs: 1_000 }));

    expect(Date.now() - begun).toBeLessThan(1_500);
    for (const id of ['saga-1', 'saga-2']) {
      expect(await host.find(id)).toMatchObject({ status: 'pending', reschedules: 0, worker: null });
    }
  });
});
