import { describe, expect, test } from 'vitest';
import { openBench, settled, until } from '../test/bench.ts';
import { createWorld } from '../test/letters.ts';
import { Unclear } from '../test/unclear.ts';
import { Refusal } from './index.ts';

const refuse = async () => {
  throw new Refusal('no_room', { left: 0 });
};
const lose = async () => {
  throw new Unclear('the response is lost');
};

describe('a saga', () => {
  test('When every step succeeds, Then it is completed with its result and no undo runs', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('ABCD');
    const host = await bench.openHost([saga]);

    const record = await host.run(saga, 'input');

    expect(record).toMatchObject({ status: 'completed', failure: null, dueAt: null });
    expect(record.result).toEqual(['did A', 'did B', 'did C', 'did D']);
    expect(world.trail).toEqual(['A', 'B', 'C', 'D']);
    expect(await host.find()).toEqual(record);
  });

  test('When D fails and may have happened, Then D, C, B and A are undone once each, the last first', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('ABCD', { D: { run: lose } });
    const host = await bench.openHost([saga]);

    const record = await host.run(saga, 'input');

    expect(record).toMatchObject({ status: 'compensated', failure: { step: 'D', code: 'unclear', data: null } });
    expect(world.undone()).toEqual(['undo D', 'undo C', 'undo B', 'undo A']);
    expect(record.steps.map(({ status, undo }) => [status, undo?.status])).toEqual([
      ['done', 'done'],
      ['done', 'done'],
      ['done', 'done'],
      ['unknown', 'done'],
    ]);
  });

  test('When D refuses, Then C, B and A are undone and D is not', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('ABCD', { D: { run: refuse } });
    const host = await bench.openHost([saga]);

    const record = await host.run(saga, 'input');

    expect(record).toMatchObject({ status: 'compensated', failure: { step: 'D', code: 'no_room', data: { left: 0 } } });
    expect(world.undone()).toEqual(['undo C', 'undo B', 'undo A']);
    expect(record.steps.at(-1)).toMatchObject({ status: 'failed', attempts: 1, undo: { status: 'registered' } });
  });

  test('When the first step refuses, Then nothing is undone and it is failed', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('ABC', { A: { run: refuse } });
    const host = await bench.openHost([saga]);

    const record = await host.run(saga, 'input');

    expect(record).toMatchObject({ status: 'failed', dueAt: null, failure: { step: 'A', code: 'no_room' } });
    expect(world.undone()).toEqual([]);
  });

  test('When a step begins, Then its undo is on disk already', async () => {
    await using bench = openBench();
    const world = createWorld();
    const seen: unknown[] = [];
    const saga = world.letters('AB', {
      B: {
        async run() {
          seen.push((await host.find()).steps.map(({ name, status, undo }) => [name, status, undo?.status]));
        },
      },
    });
    const host = await bench.openHost([saga]);

    await host.run(saga, 'input');

    expect(seen).toEqual([
      [
        ['A', 'done', 'registered'],
        ['B', 'running', 'registered'],
      ],
    ]);
  });

  test('When an undo begins, Then that is on disk already, and so is that the undo before it is done', async () => {
    await using bench = openBench();
    const world = createWorld();
    const seen: unknown[] = [];
    const saga = world.letters('ABC', {
      A: {
        async undo() {
          seen.push((await host.find()).steps.map(({ undo }) => undo?.status));
        },
      },
      C: { run: refuse },
    });
    const host = await bench.openHost([saga]);

    await host.run(saga, 'input');

    expect(seen).toEqual([['running', 'done', 'registered']]);
  });

  test('When a step has no undo, Then the others are undone all the same', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('ABC', { B: { undo: undefined as never }, C: { run: lose } });
    const host = await bench.openHost([saga]);

    expect(await host.run(saga, 'input')).toMatchObject({ status: 'compensated' });
    expect(world.undone()).toEqual(['undo C', 'undo A']);
  });
});

describe('cancelling', () => {
  test('When a completed saga is cancelled, Then all is undone once, the move is in its history, and a repetition changes nothing', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('ABC');
    const host = await bench.openHost([saga]);
    await host.run(saga, 'input');

    await settled(host.sagas.cancel('saga-1', { by: 'ops', reason: 'asked for' }));
    await host.untilEnded();
    const record = await host.find();
    const again = await settled(host.sagas.cancel('saga-1', { by: 'another' }));

    expect(record).toMatchObject({
      status: 'cancelled',
      failure: null,
      dueAt: null,
      history: [{ move: 'cancel', by: 'ops', reason: 'asked for' }],
    });
    expect(again).toEqual(record);
    expect(await host.find()).toEqual(record);
    expect(world.undone()).toEqual(['undo C', 'undo B', 'undo A']);
  });

  test('When nothing of it can be undone, Then it is cancelled at once and no worker claims it', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('A', { A: { undo: undefined as never } });
    const host = await bench.openHost([saga], { recover: true });
    await host.run(saga, 'input');

    const cancelled = await settled(host.sagas.cancel('saga-1', { by: 'ops' }));

    expect(cancelled).toMatchObject({ status: 'cancelled', dueAt: null, worker: null });
    expect(host.events.at(-1)).toEqual({ kind: 'saga', status: 'cancelled' });
    expect(await host.find()).toEqual(cancelled);
  });

  test('When the saga was rolled back, Then cancelling is not possible, and an unknown id has no saga', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('AB', { B: { run: refuse } });
    const host = await bench.openHost([saga]);
    const record = await host.run(saga, 'input');

    const cancelling = settled(host.sagas.cancel('saga-1', { by: 'ops' }));

    await expect(cancelling).rejects.toMatchObject({
      name: 'NotPossible',
      status: 'compensated',
      code: 'wrong_status',
    });
    expect(await host.find()).toEqual(record);
    expect(await settled(host.sagas.cancel('another-saga', { by: 'ops' }))).toBeUndefined();
  });

  test('When the process dies while undoing, Then another one brings the cancellation to its end', async () => {
    await using bench = openBench();
    const world = createWorld();
    const dying = world.letters('AB', { A: { undo: () => host.kill() } });
    const host = await bench.openHost([dying]);
    await host.run(dying, 'input');
    void host.sagas.cancel('saga-1', { by: 'ops' });
    await until('the undo of A is running', async () => (await host.find()).steps[0]?.undo?.status === 'running');

    const next = await bench.openHost([world.letters('AB')], { recover: true });
    await next.untilEnded();

    expect(await next.find()).toMatchObject({ status: 'cancelled' });
    expect(world.undone()).toEqual(['undo B', 'undo A']);
  });
});
