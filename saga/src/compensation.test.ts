import { describe, expect, test } from 'vitest';
import { openBench, settled } from '../test/bench.ts';
import { createWorld } from '../test/letters.ts';
import { Unclear } from '../test/unclear.ts';
import { NotPossible, Refusal } from './index.ts';

const refuse = async () => {
  throw new Refusal('no_room', { left: 0 });
};
const lose = async () => {
  throw new Unclear('the answer is lost');
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

  test('When a completed saga is cancelled, Then all is undone and the move is in its history', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('AB');
    const host = await bench.openHost([saga]);
    await host.run(saga, 'input');

    await settled(host.sagas.cancel('saga-1', { by: 'ops', reason: 'asked for' }));
    await host.untilEnded();

    expect(await host.find()).toMatchObject({
      status: 'cancelled',
      history: [{ move: 'cancel', by: 'ops', reason: 'asked for' }],
    });
    expect(world.undone()).toEqual(['undo B', 'undo A']);
    expect(NotPossible).toBeDefined();
  });
});
