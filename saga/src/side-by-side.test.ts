import { describe, expect, test } from 'vitest';
import { forever, openBench, settled, until } from '../test/bench.ts';
import { createWorld, failingFirst, lettersBy } from '../test/letters.ts';
import { Unclear } from '../test/unclear.ts';

const lose = async () => {
  throw new Unclear('the response is lost');
};

describe('steps that begin together', () => {
  test('When all succeed, Then they run together, and each has one entry in the log', async () => {
    await using bench = openBench();
    const world = createWorld();
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const begun = new Set<string>();
    const [a, b] = [...'AB'].map((name, index) =>
      world.step(name, {
        async run() {
          begun.add(name);
          await gates[index]?.promise;
          return world.perform(name);
        },
      }),
    ) as [ReturnType<typeof world.step>, ReturnType<typeof world.step>];
    const saga = lettersBy([a, b], (steps, input) => Promise.all([steps.step(a, input), steps.step(b, input)]));
    const host = await bench.openHost([saga]);

    const handle = await host.sagas.start(saga, { id: 'saga-1', input: 'input', secret: 'canary' });
    await until('both are under way', () => begun.size === 2);
    gates[1]?.resolve();
    await until('B is done, on disk', async () => (await host.find()).steps[1]?.status === 'done');
    expect((await host.find()).steps[0]).toMatchObject({ name: 'A', status: 'running' });
    gates[0]?.resolve();

    expect(await settled(handle.outcome())).toMatchObject({ completed: true, result: ['did A', 'did B'] });
    expect((await host.find()).steps.map(({ name, status }) => [name, status])).toEqual([
      ['A', 'done'],
      ['B', 'done'],
    ]);
    expect(world.trail).toEqual(['B', 'A']);
  });

  test('When one fails, Then the outcome is final at once, and the other one is signalled and has settled before it is undone', async () => {
    await using bench = openBench();
    const world = createWorld();
    const signalled = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const slow = world.step('A', {
      async run({ signal }) {
        signal.addEventListener('abort', () => signalled.resolve());
        await gate.promise;
        return world.perform('A');
      },
    });
    const failing = world.step('B', { run: lose });
    const saga = lettersBy([slow, failing], (steps, input) =>
      Promise.all([steps.step(slow, input), steps.step(failing, input)]),
    );
    const host = await bench.openHost([saga]);

    const handle = await host.sagas.start(saga, { id: 'saga-1', input: 'input', secret: 'canary' });
    expect(await settled(handle.outcome())).toMatchObject({
      completed: false,
      failure: { step: 'B', code: 'unclear' },
    });
    await settled(signalled.promise);
    expect(world.trail).toEqual([]);
    gate.resolve();
    const record = await settled(handle.rested());

    expect(record).toMatchObject({ status: 'compensated', failure: { step: 'B', code: 'unclear' } });
    expect(world.trail).toEqual(['A', 'undo B', 'undo A']);
    expect(world.effects).toEqual(new Set());
  });

  test('When compensation begins, Then it goes in reverse order of beginning, one after the other', async () => {
    await using bench = openBench();
    const world = createWorld();
    let underWay = 0;
    let most = 0;
    const steps = [...'ABC'].map((name) =>
      world.step(name, {
        async undo() {
          underWay += 1;
          most = Math.max(most, underWay);
          await host.store.ping();
          underWay -= 1;
          world.undo(name);
        },
      }),
    );
    const last = world.step('D', { run: lose });
    const saga = lettersBy([...steps, last], async (run, input) => {
      await Promise.all(steps.map((step) => run.step(step, input)));
      await run.step(last, input);
    });
    const host = await bench.openHost([saga]);

    expect(await host.run(saga, 'input')).toMatchObject({ status: 'compensated' });

    expect(world.undone()).toEqual(['undo D', 'undo C', 'undo B', 'undo A']);
    expect(most).toBe(1);
  });
});

describe('a run that does not finish', () => {
  test('When another step is under way, Then that step has not failed, and the next run goes on with it', async () => {
    await using bench = openBench();
    const world = createWorld();
    const gate = Promise.withResolvers<string>();
    const define = (run: () => Promise<unknown>, recover: () => Promise<unknown>) => {
      const [a, b] = [world.step('A', { run }), world.step('B', { run, recover })];
      return lettersBy([a, b], (steps, input) => Promise.all([steps.step(a, input), steps.step(b, input)]));
    };
    const hanging = define(() => forever, lose);
    const host = await bench.openHost([hanging]);
    await host.sagas.start(hanging, { id: 'saga-1', input: 'input', secret: 'canary' });
    await until('both are under way', async () => (await host.find()).steps.length === 2);
    await settled(host.sagas.close());

    const recover = failingFirst(
      4,
      async () => 'found B',
      () => new Unclear('no response'),
    );
    const next = await bench.openHost([define(() => gate.promise, recover)], { recover: true });
    await until('a run did not finish', async () => (await next.find()).reschedules === 1);
    expect(await next.find()).toMatchObject({
      status: 'pending',
      reason: { code: 'unclear', step: 'B' },
      steps: [
        { name: 'A', status: 'running' },
        { name: 'B', status: 'running' },
      ],
    });
    gate.resolve('in the end');
    await next.untilEnded();

    expect(await next.find()).toMatchObject({ status: 'completed', result: ['in the end', 'found B'] });
    expect(world.undone()).toEqual([]);
  });
});

describe('a step that the function does not wait for', () => {
  test('When it fails, Then the saga is rolled back and nothing goes unhandled', async () => {
    await using bench = openBench();
    const world = createWorld();
    const [a, b] = [world.step('A'), world.step('B', { run: lose })];
    const saga = lettersBy([a, b], async (steps, input) => {
      await steps.step(a, input);
      void steps.step(b, input);
      return 'done';
    });
    const host = await bench.openHost([saga]);

    expect(await host.run(saga, 'input')).toMatchObject({ status: 'compensated', failure: { step: 'B' } });
    expect(world.undone()).toEqual(['undo B', 'undo A']);
  });

  test('When it succeeds, Then the saga completes once it has', async () => {
    await using bench = openBench();
    const world = createWorld();
    const gate = Promise.withResolvers<string>();
    const a = world.step('A', { run: () => gate.promise });
    const saga = lettersBy([a], async (steps, input) => {
      void steps.step(a, input);
      return 'done';
    });
    const host = await bench.openHost([saga]);
    const handle = await host.sagas.start(saga, { id: 'saga-1', input: 'input', secret: 'canary' });
    expect(await host.find()).toMatchObject({ status: 'pending' });
    gate.resolve('in the end');

    expect(await settled(handle.rested())).toMatchObject({
      status: 'completed',
      result: 'done',
      steps: [{ status: 'done', result: 'in the end' }],
    });
  });
});
