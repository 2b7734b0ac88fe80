import { describe, expect, test } from 'vitest';
import { type Host, openBench, settled, until } from '../test/bench.ts';
import { createWorld, lettersBy } from '../test/letters.ts';
import { Refusal } from './index.ts';

const BY = { by: 'Ann' };
const START = { id: 'saga-1', input: 'input', secret: 'canary' };
const refuse = async () => Promise.reject(new Refusal('no'));

/** Past its pivot it calls one step twice, which is refused each time. */
function stuckPastPivot(world = createWorld()) {
  const [pivot, mail] = [world.step('A', { pivot: true }), world.step('B', { run: refuse })];
  return lettersBy([pivot, mail], async (saga, input) => {
    await saga.step(pivot, input);
    return [await saga.step(mail, input, { key: 'one' }), await saga.step(mail, input, { key: 'two' })];
  });
}

/** The answer to the commit of the next transaction is lost, so that it is written again. */
function loseNextAnswer({ store }: Host): void {
  const { transaction } = store;
  store.transaction = async (work, options) => {
    store.transaction = transaction;
    await transaction(work, options);
    expect(options?.repeatable).toBe(true);
    return transaction(work, options);
  };
}

describe('what is settled by hand', () => {
  test('When one use of a step is resolved as done, Then the function gets its result, and the history says which use', async () => {
    await using bench = openBench();
    const saga = stuckPastPivot();
    const host = await bench.openHost([saga], { recover: true });
    await host.sagas.start(saga, START);
    for (const key of ['one', 'two']) {
      await host.untilStatus('stuck');
      await host.sagas.resolve('saga-1', { step: 'B', key, as: 'done', result: `by hand ${key}`, ...BY });
    }
    await host.untilEnded();

    const record = await host.find();
    expect(record).toMatchObject({ status: 'completed', result: ['by hand one', 'by hand two'] });
    expect(record.history.map(({ move, step, key, as }) => [move, step, key, as])).toEqual([
      ['resolve', 'B', 'one', 'done'],
      ['resolve', 'B', 'two', 'done'],
    ]);
  });

  test('When a step has no key, Then the history has none', async () => {
    await using bench = openBench();
    const saga = createWorld().letters('AB', { A: { undo: refuse }, B: { run: refuse } });
    const host = await bench.openHost([saga]);
    expect(await host.run(saga, 'input')).toMatchObject({ status: 'stuck' });

    await host.sagas.resolve('saga-1', { step: 'A', as: 'undone', ...BY });
    await host.untilEnded();

    const { status, history } = await host.find();
    expect(status).toBe('compensated');
    expect(history).toMatchObject([{ move: 'resolve', step: 'A', as: 'undone' }]);
    expect(history[0]).not.toHaveProperty('key');
  });
});

describe('a step that the saga still tries', () => {
  const resolve = ({ sagas }: Host, step: string, as: 'done' | 'undone') =>
    sagas.resolve('saga-1', { step, as, ...BY });

  test('When it is resolved while it runs, Then that is refused, and its run goes on', async () => {
    await using bench = openBench();
    const gate = Promise.withResolvers<string>();
    const world = createWorld();
    const saga = world.letters('AB', { B: { run: () => gate.promise } });
    const host = await bench.openHost([saga]);
    await host.sagas.start(saga, START);
    await until('B runs', async () => (await host.find()).steps.length === 2);

    for (const as of ['done', 'undone'] as const) {
      await expect(resolve(host, 'B', as)).rejects.toMatchObject({ code: 'wrong_status', status: 'pending' });
    }
    gate.resolve('did B');
    await host.untilEnded();

    expect(await host.find()).toMatchObject({ status: 'completed', result: ['did A', 'did B'], history: [] });
    expect(world.trail).toEqual(['A']);
  });

  test('When its undo is retried and is not stuck yet, Then it is refused until the saga is paused', async () => {
    await using bench = openBench();
    const undo = async () => Promise.reject(Object.assign(new Error('away'), { code: 'refused' }));
    const saga = createWorld().letters('AB', { A: { undo }, B: { run: refuse } });
    const host = await bench.openHost([saga]);
    expect(await host.run(saga, 'input')).toMatchObject({ status: 'compensating' });

    await expect(resolve(host, 'A', 'undone')).rejects.toMatchObject({ code: 'wrong_status', status: 'compensating' });
    await host.sagas.pause('saga-1', BY);
    expect(await resolve(host, 'A', 'undone')).toMatchObject({ status: 'paused' });
    await settled(host.sagas.resume('saga-1', BY));
    await host.untilEnded();

    const { status, history } = await host.find();
    expect([status, ...history.map(({ move }) => move)]).toEqual(['compensated', 'pause', 'resolve', 'resume']);
  });

  test('When nothing about the step is open, Then that is said in place of the status', async () => {
    await using bench = openBench();
    const gate = Promise.withResolvers<string>();
    const saga = createWorld().letters('AB', { B: { run: () => gate.promise } });
    const host = await bench.openHost([saga]);
    await host.sagas.start(saga, START);
    await until('B runs', async () => (await host.find()).steps.length === 2);

    await expect(resolve(host, 'A', 'done')).rejects.toMatchObject({ code: 'step_settled', status: 'pending' });
    gate.resolve('did B');
    await host.untilEnded();
  });
});

describe('a move', () => {
  test('When the answer to its commit is lost, Then it is made once', async () => {
    await using bench = openBench();
    const saga = stuckPastPivot();
    const host = await bench.openHost([saga]);
    await host.run(saga, 'input');
    await host.sagas.pause('saga-1', BY);

    loseNextAnswer(host);
    const resumed = await settled(host.sagas.resume('saga-1', BY));

    expect(resumed?.history.map(({ move }) => move)).toEqual(['pause', 'resume']);
    expect((await host.find()).history).toEqual(resumed?.history);
  });
});

test('When a saga is cancelled before its run knows that it has begun, Then no step is called', async () => {
  await using bench = openBench();
  const world = createWorld();
  const saga = world.letters('AB');
  const host = await bench.openHost([saga]);
  const { transaction } = host.store;
  host.store.transaction = async (work, options) => {
    host.store.transaction = transaction;
    const begun = await transaction(work, options);
    await host.sagas.cancel('saga-1', BY);
    return begun;
  };

  await host.sagas.start(saga, START);
  await host.untilEnded();

  expect(await host.find()).toMatchObject({ status: 'cancelled' });
  expect(world.trail).toEqual(['undo A']);
});
