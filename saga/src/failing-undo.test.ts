import { describe, expect, test } from 'vitest';
import { forever, openBench, settled, until } from '../test/bench.ts';
import { createWorld, failingFirst } from '../test/letters.ts';
import { Unclear } from '../test/unclear.ts';
import { NotPossible, type SagaEvent } from './index.ts';

const lose = async () => {
  throw new Unclear('the answer is lost');
};

/** A story whose B fails and whose undo of A works only once it is repaired. */
function createBrokenUndo() {
  const world = createWorld();
  let repaired = false;
  const saga = world.letters('AB', {
    A: {
      async undo() {
        if (!repaired) throw new Unclear('cannot undo');
        await world.step('A').undo({ signal: new AbortController().signal });
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
      () => world.step('A').undo({ signal: new AbortController().signal }),
      () => new Error(),
    );
    const saga = world.letters('AB', { A: { undo }, B: { run: lose } });
    const host = await bench.openHost([saga]);

    const record = await host.tell(saga, 'input');

    expect(record.status).toBe('compensated');
    expect(record.steps[0]?.undo).toMatchObject({ status: 'done', attempts: 2, code: null });
    expect(record.steps[0]?.undo?.failures).toMatchObject([{ code: 'unexpected_error' }]);
    expect(world.effects).toEqual(new Set());
  });

  test('When it keeps failing, Then its step is named, the saga waits, is stuck in the end and is driven on until it works', async () => {
    await using bench = openBench();
    const { world, saga, repair } = createBrokenUndo();
    const events: SagaEvent[] = [];
    const host = await bench.openHost([saga], { observe: (_record, event) => void events.push(event) });

    const record = await host.tell(saga, 'input');
    expect(record).toMatchObject({ status: 'compensating', stalls: 1 });
    expect(record.dueAt).toBeGreaterThan(Date.now());
    expect(events).toContainEqual({ kind: 'undo', step: 'A', status: 'attempt_failed', attempts: 1, code: 'unclear' });
    expect(record.steps.map(({ name, undo }) => [name, undo?.status, undo?.code])).toEqual([
      ['A', 'failed', 'unclear'],
      ['B', 'done', null],
    ]);

    await host.runner.open();
    await host.untilStatus('stuck');
    expect(await host.find()).toMatchObject({ stalls: 5, failure: { step: 'B' } });
    expect(events.filter(({ status }) => status === 'compensated')).toEqual([]);
    await until('it is driven on', async () => (await host.find()).stalls > 6);
    repair();
    await host.untilTerminal();

    expect(await host.find()).toMatchObject({ status: 'compensated', stalls: 0, dueAt: null });
    expect(world.undone()).toEqual(['undo B', 'undo A']);
    expect(world.effects).toEqual(new Set());
  });

  test('When an operator looks, Then undos are pending, running, failed and done', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('ABC', { A: { undo: lose }, B: { undo: () => forever }, C: { run: lose } });
    const host = await bench.openHost([saga]);
    const undos = async () => (await host.find()).steps.map(({ undo }) => undo?.status);
    const { ended } = await host.runner.start(saga, 'saga-1', 'input', { secret: 'canary' });

    await until('the undo of B is running', async () => (await undos())[1] === 'running');
    expect(await undos()).toEqual(['pending', 'running', 'done']);
    await settled(host.runner.close(0));
    await ended;

    const repaired = world.letters('ABC', { A: { undo: lose }, C: { run: lose } });
    const next = await bench.openHost([repaired]);
    await next.runner.open();
    await until('the undo of A has failed', async () => (await undos())[0] === 'failed');
    expect(await undos()).toEqual(['failed', 'done', 'done']);
  });
});

describe('an undo that hangs', () => {
  test('When it heeds no signal, Then the saga is not held by it: it waits, and ends when the undo works', async () => {
    await using bench = openBench();
    const world = createWorld();
    const undo = () => (repaired ? world.step('A').undo({ signal: new AbortController().signal }) : forever);
    let repaired = false;
    const saga = world.letters('AB', { A: { undo }, B: { run: lose } });
    const host = await bench.openHost([saga]);

    const record = await host.tell(saga, 'input');
    expect(record).toMatchObject({ status: 'compensating', stalls: 1 });
    expect(record.steps[0]?.undo).toMatchObject({ status: 'failed', code: 'undo_timed_out', attempts: 1 });
    repaired = true;
    await host.runner.open();
    await host.untilTerminal();

    expect(await host.find()).toMatchObject({ status: 'compensated' });
  });
});

describe('retrying', () => {
  test('When a stuck saga is retried, Then it is driven at once', async () => {
    await using bench = openBench();
    const { saga, repair } = createBrokenUndo();
    const host = await bench.openHost([saga]);
    await host.tell(saga, 'input');
    await host.runner.open();
    await host.untilStatus('stuck');
    await settled(host.runner.close(1_000));

    const next = await bench.openHost([saga]);
    expect(await settled(next.runner.retry('saga-1'))).toMatchObject({ status: 'stuck', stalls: 6 });
    repair();
    expect(await settled(next.runner.retry('saga-1'))).toMatchObject({ status: 'compensated' });
  });

  test('When the saga is not stuck, Then retrying is not possible', async () => {
    await using bench = openBench();
    const { saga } = createBrokenUndo();
    const host = await bench.openHost([saga]);
    await host.tell(saga, 'input');

    const refusal = await settled(host.runner.retry('saga-1').catch((error: unknown) => error));

    expect(refusal).toBeInstanceOf(NotPossible);
    expect(refusal).toMatchObject({ status: 'compensating' });
  });
});
