import { describe, expect, test } from 'vitest';
import { forever, openBench, settled, until } from '../test/bench.ts';
import { createWorld, failingFirst } from '../test/letters.ts';
import { Unclear } from '../test/unclear.ts';
import { type FailureTraits, Refusal } from './index.ts';

const lose = async () => {
  throw new Unclear('the response is lost');
};

/** The peer is away: the same call may succeed a moment later. */
class Away extends Error implements FailureTraits {
  readonly noSideEffect = false;
  readonly retryable = true;
  readonly code = 'away';
}

/** A saga whose B fails and whose undo of A works only once it is repaired. */
function createBrokenUndo(broken: () => Error = () => new Away()) {
  const world = createWorld();
  let repaired = false;
  const saga = world.letters('AB', {
    A: {
      async undo() {
        if (!repaired) throw broken();
        world.undo('A');
      },
    },
    B: { run: lose },
  });
  const repair = () => {
    repaired = true;
  };
  return { world, saga, repair };
}

describe('an undo that fails', () => {
  test('When it works at the second try, Then the saga is compensated and the try is recorded', async () => {
    await using bench = openBench();
    const world = createWorld();
    const undo = failingFirst(
      1,
      async () => world.undo('A'),
      () => new Error(),
    );
    const saga = world.letters('AB', { A: { undo }, B: { run: lose } });
    const host = await bench.openHost([saga]);

    const record = await host.run(saga, 'input');

    expect(record.status).toBe('compensated');
    expect(record.steps[0]?.undo).toMatchObject({ status: 'done', attempts: 2, code: null });
    expect(record.steps[0]?.undo?.failures).toMatchObject([{ code: 'unexpected_error' }]);
    expect(world.effects).toEqual(new Set());
  });

  test('When it keeps failing, Then its step is named, the saga waits, is stuck in the end and is retried until it works', async () => {
    await using bench = openBench();
    const { world, saga, repair } = createBrokenUndo();
    const first = await bench.openHost([saga]);

    const record = await first.run(saga, 'input');
    expect(record).toMatchObject({
      status: 'compensating',
      reschedules: 1,
      reason: { code: 'away', step: 'A' },
      worker: null,
    });
    expect(record.dueAt).toBeGreaterThan(Date.now());
    const failed = { kind: 'undo', step: 'A', status: 'attempt_failed', code: 'away' };
    for (const attempts of [1, 2, 3]) expect(first.events).toContainEqual({ ...failed, attempts });
    expect(record.steps.map(({ name, undo }) => [name, undo?.status, undo?.code])).toEqual([
      ['A', 'failed', 'away'],
      ['B', 'done', null],
    ]);

    const host = await bench.openHost([saga], { recover: true });
    await host.untilStatus('stuck');
    const { reschedules } = await host.find();
    expect(await host.find()).toMatchObject({ failure: { step: 'B' }, reason: { code: 'away', step: 'A' } });
    expect(host.events.filter(({ status }) => status === 'compensated')).toEqual([]);
    await until('it is retried', async () => (await host.find()).reschedules > reschedules + 1);
    repair();
    await host.untilEnded();

    expect(await host.find()).toMatchObject({ status: 'compensated', reschedules: 0, reason: null, dueAt: null });
    expect(world.undone()).toEqual(['undo B', 'undo A']);
    expect(world.effects).toEqual(new Set());
  });

  test('When it says that a retry cannot help, Then the saga is stuck at once and is retried all the same', async () => {
    await using bench = openBench();
    const { world, saga, repair } = createBrokenUndo(() => new Refusal('not_ours'));
    const host = await bench.openHost([saga], { recover: true });

    const record = await host.run(saga, 'input');
    expect(record).toMatchObject({ status: 'stuck', reschedules: 1, reason: { code: 'not_ours', step: 'A' } });
    expect(record.steps[0]?.undo).toMatchObject({ status: 'failed', attempts: 1 });
    repair();
    await host.untilEnded();

    expect(await host.find()).toMatchObject({ status: 'compensated' });
    expect(world.undone()).toEqual(['undo B', 'undo A']);
  });

  test('When an operator looks, Then undos are pending, running, failed and done', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('ABC', { A: { undo: lose }, B: { undo: () => forever }, C: { run: lose } });
    const host = await bench.openHost([saga]);
    const undos = async () => (await host.find()).steps.map(({ undo }) => undo?.status);
    const handle = await host.sagas.start(saga, { id: 'saga-1', input: 'input', secret: 'canary' });

    await until('the undo of B is running', async () => (await undos())[1] === 'running');
    expect(await undos()).toEqual(['pending', 'running', 'done']);
    await settled(host.sagas.close());
    await handle.rested();

    const repaired = world.letters('ABC', { A: { undo: lose }, C: { run: lose } });
    const next = await bench.openHost([repaired], { recover: true });
    await until('the undo of A has failed', async () => (await undos())[0] === 'failed');
    expect(await undos()).toEqual(['failed', 'done', 'done']);
    expect(await next.find()).toMatchObject({ status: 'compensating', reason: { code: 'unclear', step: 'A' } });
  });
});

describe('retrying', () => {
  test('When a stuck saga is retried, Then it runs at once', async () => {
    await using bench = openBench();
    const { saga, repair } = createBrokenUndo(() => new Refusal('cannot_undo'));
    const host = await bench.openHost([saga]);
    expect(await host.run(saga, 'input')).toMatchObject({ status: 'stuck', reschedules: 1 });
    await settled(host.sagas.close({ graceMs: 1_000 }));

    const next = await bench.openHost([saga]);
    await settled(next.sagas.retry('saga-1', { by: 'ops' }));
    await until('it has run again', async () => (await next.find()).reschedules === 2);
    expect(await next.find()).toMatchObject({ status: 'stuck', history: [{ move: 'retry', by: 'ops' }] });
    repair();
    const asked = Date.now();
    await settled(next.sagas.retry('saga-1', { by: 'ops', reason: 'repaired' }));
    await next.untilEnded();

    expect(Date.now() - asked).toBeLessThan(200);
    expect(await next.find()).toMatchObject({
      status: 'compensated',
      history: [{ move: 'retry' }, { move: 'retry', reason: 'repaired' }],
    });
  });

  test('When the saga is not stuck, Then retrying is not possible', async () => {
    await using bench = openBench();
    const { saga } = createBrokenUndo();
    const host = await bench.openHost([saga]);
    const record = await host.run(saga, 'input');

    const retrying = settled(host.sagas.retry('saga-1', { by: 'ops' }));

    await expect(retrying).rejects.toMatchObject({ name: 'NotPossible', status: 'compensating' });
    expect(await host.find()).toEqual(record);
  });
});
