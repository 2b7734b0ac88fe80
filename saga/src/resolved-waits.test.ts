import { describe, expect, test } from 'vitest';
import { openBench, settled } from '../test/bench.ts';
import { createWorld, lettersBy } from '../test/letters.ts';
import { defineSaga, type Saga } from './index.ts';

const BY = { by: 'ops', reason: 'they called' };
const P = { pivot: true };

/** Waits past its pivot for an approval, and catches an earlier wait that timed out. */
function approved(world = createWorld()) {
  const p = world.step('P', P);
  return lettersBy([p], async (saga, input) => {
    await saga.step(p, input);
    await saga.waitFor('approval', { timeout: 1_000, key: 'first' }).catch(() => 'none');
    return saga.waitFor('approval', { timeout: 1_000, key: 'second' });
  });
}

describe('a wait that timed out past the pivot', () => {
  test('When nobody helps, Then the saga is stuck, whatever is retried or cancelled', async () => {
    await using bench = openBench();
    const saga = approved();
    const host = await bench.openHost([saga], { recover: true });
    await host.run(saga, 'input');
    await host.untilStatus('stuck');
    expect(await host.find()).toMatchObject({ reason: { code: 'timed_out', step: 'approval' } });

    await settled(host.sagas.retry('saga-1', BY));
    await host.untilStatus('stuck');

    await expect(host.sagas.cancel('saga-1', BY)).rejects.toMatchObject({ code: 'past_pivot' });
    await expect(
      host.sagas.resolve('saga-1', { step: 'approval', key: 'second', as: 'undone', ...BY }),
    ).rejects.toMatchObject({ code: 'step_settled' });
  });

  test('When it is resolved with what the event would have brought, Then the saga completes, and the history says so', async () => {
    await using bench = openBench();
    const saga = approved();
    const host = await bench.openHost([saga], { recover: true });
    await host.run(saga, 'input');
    await host.untilStatus('stuck');

    const resolution = { step: 'approval', key: 'second', as: 'done', result: 'by telephone' } as const;
    await settled(host.sagas.resolve('saga-1', { ...resolution, ...BY }));
    await host.untilEnded();

    const record = await host.find();
    expect(record).toMatchObject({ status: 'completed', result: 'by telephone', reason: null });
    expect(record.steps.at(-1)).toMatchObject({ kind: 'wait', status: 'done', code: null });
    expect(record.history).toMatchObject([{ move: 'resolve', step: 'approval', key: 'second', as: 'done', ...BY }]);
  });

  test('When it is paused, Then it can be resolved, and stays paused', async () => {
    await using bench = openBench();
    const saga = approved();
    const host = await bench.openHost([saga], { recover: true });
    await host.run(saga, 'input');
    await host.untilStatus('stuck');
    await host.sagas.pause('saga-1', BY);

    const moved = await host.sagas.resolve('saga-1', { step: 'approval', key: 'second', as: 'done', ...BY });

    expect(moved).toMatchObject({ status: 'paused' });
    await settled(host.sagas.resume('saga-1', BY));
    await host.untilEnded();
    expect(await host.find()).toMatchObject({ status: 'completed', result: null });
  });

  test('When an earlier one is resolved, whose failure the function has caught, Then it is refused', async () => {
    await using bench = openBench();
    const saga = approved();
    const host = await bench.openHost([saga], { recover: true });
    await host.run(saga, 'input');
    await host.untilStatus('stuck');

    const resolving = host.sagas.resolve('saga-1', { step: 'approval', key: 'first', as: 'done', ...BY });

    await expect(resolving).rejects.toMatchObject({ code: 'step_settled', status: 'stuck' });
  });
});

test('When a saga that another one started past its pivot has failed, Then its result can be given by hand', async () => {
  await using bench = openBench();
  const world = createWorld();
  const p = world.step('P', P);
  const child = defineSaga('child', { steps: [], run: async () => Promise.reject(new Error('no')) });
  const parent = lettersBy([p], async (saga: Saga<string>, input) => {
    await saga.step(p, input);
    return saga.child(child, null);
  });
  const host = await bench.openHost([parent, child], { recover: true });
  await host.run(parent, 'input');
  await host.untilStatus('stuck');

  await settled(host.sagas.resolve('saga-1', { step: 'child', as: 'done', result: 'by hand', ...BY }));
  await host.untilEnded();

  expect(await host.find()).toMatchObject({ status: 'completed', result: 'by hand' });
});

describe('a wait that is under way', () => {
  const waiting = () =>
    lettersBy([], async (saga) => {
      await saga.sleep('cool off', '1d');
      return saga.waitFor('approval', { timeout: '7d' }).catch(({ code }: { code: string }) => code);
    });

  test.each([
    ['done', 'yes'],
    ['undone', 'timed_out'],
  ] as const)('When it is resolved as %s, Then the function goes on with %s', async (as, result) => {
    await using bench = openBench();
    const saga = waiting();
    const host = await bench.openHost([saga], { recover: true });
    expect(await host.run(saga, 'input')).toMatchObject({ status: 'waiting' });

    await settled(host.sagas.resolve('saga-1', { step: 'cool off', as: 'done', ...BY }));
    await host.untilStatus('waiting');
    await settled(host.sagas.resolve('saga-1', { step: 'approval', as, result: 'yes', ...BY }));
    await host.untilEnded();

    expect(await host.find()).toMatchObject({ status: 'completed', result });
  });

  test('When a timer is resolved as undone, Then it is refused', async () => {
    await using bench = openBench();
    const saga = waiting();
    const host = await bench.openHost([saga], { recover: true });
    await host.run(saga, 'input');

    const resolving = host.sagas.resolve('saga-1', { step: 'cool off', as: 'undone', ...BY });

    await expect(resolving).rejects.toMatchObject({ code: 'step_settled' });
  });
});
