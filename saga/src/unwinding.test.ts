import { describe, expect, test } from 'vitest';
import { openBench, settled, until } from '../test/bench.ts';
import { createWorld } from '../test/letters.ts';
import { Unclear } from '../test/unclear.ts';
import { NotPossible, Refusal, type SagaEvent } from './index.ts';

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
    const host = await bench.openHost([world.letters('ABCD')]);

    const record = await host.tell(world.letters('ABCD'), 'input');

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

    const record = await host.tell(saga, 'input');

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

    const record = await host.tell(saga, 'input');

    expect(record).toMatchObject({ status: 'compensated', failure: { step: 'D', code: 'no_room', data: { left: 0 } } });
    expect(world.undone()).toEqual(['undo C', 'undo B', 'undo A']);
    expect(record.steps.at(-1)).toMatchObject({ status: 'failed', attempts: 1, undo: { status: 'registered' } });
  });

  test('When the first step refuses, Then nothing is undone and it is failed', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('ABC', { A: { run: refuse } });
    const host = await bench.openHost([saga]);

    const record = await host.tell(saga, 'input');

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

    await host.tell(saga, 'input');

    expect(seen).toEqual([
      [
        ['A', 'done', 'registered'],
        ['B', 'running', 'registered'],
      ],
    ]);
  });

  test('When a step has no undo, Then the others are undone all the same', async () => {
    await using bench = openBench();
    const world = createWorld();
    const { run } = world.step('B');
    const saga = world.letters('ABC', { B: { run, undo: undefined as never }, C: { run: lose } });
    const host = await bench.openHost([saga]);

    expect(await host.tell(saga, 'input')).toMatchObject({ status: 'compensated' });
    expect(world.undone()).toEqual(['undo C', 'undo A']);
  });
});

describe('cancelling', () => {
  test('When a completed saga is cancelled, Then all is undone, and a repetition changes nothing', async () => {
    await using bench = openBench();
    const world = createWorld();
    const host = await bench.openHost([world.letters('ABC')]);
    await host.tell(world.letters('ABC'), 'input');

    const record = await settled(host.runner.cancel('saga-1'));
    const again = await settled(host.runner.cancel('saga-1'));

    expect(record).toMatchObject({ status: 'cancelled', failure: null, dueAt: null });
    expect(again).toEqual(record);
    expect(world.undone()).toEqual(['undo C', 'undo B', 'undo A']);
  });

  test('When nothing of it can be undone, Then it is cancelled and nobody takes it up again', async () => {
    await using bench = openBench();
    const world = createWorld();
    const events: SagaEvent[] = [];
    const saga = world.letters('A', { A: { undo: undefined as never } });
    const host = await bench.openHost([saga], { observe: (_record, event) => void events.push(event) });
    await host.tell(saga, 'input');

    await settled(host.runner.cancel('saga-1'));

    expect(await host.find()).toMatchObject({ status: 'cancelled', dueAt: null });
    expect(events.at(-1)).toEqual({ kind: 'saga', status: 'cancelled' });
  });

  test('When the saga has not completed, Then cancelling is not possible', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('AB', { B: { run: refuse } });
    const host = await bench.openHost([saga]);
    await host.tell(saga, 'input');

    const refusal = await settled(host.runner.cancel('saga-1').catch((error: unknown) => error));

    expect(refusal).toBeInstanceOf(NotPossible);
    expect(refusal).toMatchObject({ status: 'compensated' });
    expect(await settled(host.runner.cancel('saga-of-nobody'))).toBeUndefined();
  });

  test('When the process dies while undoing, Then the cancellation is brought to its end', async () => {
    await using bench = openBench();
    const world = createWorld();
    const dying = world.letters('AB', { A: { undo: () => host.kill() } });
    const host = await bench.openHost([dying]);
    await host.tell(dying, 'input');
    void host.runner.cancel('saga-1');
    await until('B is undone', async () => (await host.find()).steps[0]?.undo?.status === 'running');

    const next = await bench.openHost([world.letters('AB')]);
    await next.runner.open();
    await next.untilTerminal();

    expect(await next.find()).toMatchObject({ status: 'cancelled' });
    expect(world.undone()).toEqual(['undo B', 'undo A']);
  });
});
