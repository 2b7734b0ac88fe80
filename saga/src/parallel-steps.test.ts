import { describe, expect, test } from 'vitest';
import { forever, openBench, settled, until } from '../test/bench.ts';
import { createWorld, failingFirst, type LetterStep, lettersBy } from '../test/letters.ts';
import { Unclear } from '../test/unclear.ts';
import { defineSaga, Refusal, type Saga } from './index.ts';

const refuse = async () => {
  throw new Refusal('no_room');
};
const lose = async () => {
  throw new Unclear('the response is lost');
};
const after = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

function sagaOf(steps: LetterStep[], run: (saga: Saga) => Promise<unknown>) {
  return defineSaga<string, string, string, never>('side by side', {
    steps,
    run: async (saga) => {
      await run(saga);
      return 'done';
    },
  });
}

describe('steps begun together', () => {
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

  test('When they run, Then all of them begin with one write before any has ended', async () => {
    await using bench = openBench();
    const world = createWorld();
    const [A, B, C] = [...'ABC'].map((name) =>
      world.step(name, { run: () => after(100).then(() => world.perform(name)) }),
    );
    const steps = [A, B, C] as LetterStep[];
    const saga = sagaOf(steps, (it) => Promise.all(steps.map((step) => it.step(step, ''))));
    const host = await bench.openHost([saga]);

    const { record } = await host.sagas.start(saga, { id: 'saga-1', input: 'input' });
    expect(record.steps.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'A running',
      'B running',
      'C running',
    ]);
    await host.untilEnded();

    expect(world.trail).toEqual(['A', 'B', 'C']);
  });

  test('When they end together, Then the writes of the saga come one after the other', async () => {
    await using bench = openBench();
    const world = createWorld();
    const steps = [...'ABCDEF'].map((name) => world.step(name));
    const pairs = [0, 2, 4].map((at) => steps.slice(at, at + 2) as [LetterStep, LetterStep]);
    const saga = sagaOf(steps, (it) =>
      Promise.all(pairs.map(([first, second]) => it.step(first, '').then(() => it.step(second, '')))),
    );
    const host = await bench.openHost([saga]);
    const { transaction } = host.store;
    let writing = 0;
    let most = 0;
    host.store.transaction = async (...args) => {
      writing += 1;
      most = Math.max(most, writing);
      return transaction(...args).finally(() => {
        writing -= 1;
      });
    };

    expect(await host.run(saga, 'input')).toMatchObject({ status: 'completed' });

    expect(most).toBe(1);
  });

  test('When a run does not finish while another step is under way, Then that step has not failed, and the next run goes on with it', async () => {
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
  test('When it fails, Then that decides as well', async () => {
    await using bench = openBench();
    const world = createWorld();
    const [A, B] = [world.step('A'), world.step('B', { run: () => after(100).then(refuse) })];
    const saga = sagaOf([A, B], async (it) => {
      void it.step(B, '');
      await it.step(A, '');
    });
    const host = await bench.openHost([saga]);

    expect(await host.run(saga, 'input')).toMatchObject({ status: 'compensated', failure: { code: 'no_room' } });
    expect(world.undone()).toEqual(['undo A']);
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
