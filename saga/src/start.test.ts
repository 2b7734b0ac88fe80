import { describe, expect, test } from 'vitest';
import { openBench, settled } from '../test/bench.ts';
import { createWorld } from '../test/letters.ts';

const START = { id: 'saga-1', input: 'input', secret: 'canary' };

describe('an id that is started twice', () => {
  test('When that is at once in one process, Then one saga runs and both callers have its outcome', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('AB');
    const host = await bench.openHost([saga]);

    const handles = await settled(
      Promise.all(['one', 'two', 'three'].map((input) => host.sagas.start(saga, { ...START, input }))),
    );
    const outcomes = await settled(Promise.all(handles.map((handle) => handle.outcome())));

    expect(new Set(outcomes.map((outcome) => outcome.saga.input))).toEqual(new Set(['one']));
    expect(world.trail).toEqual(['A', 'B']);
  });

  test('When that is at once in two processes, Then one saga runs and both callers have its outcome', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('AB');
    const hosts = [await bench.openHost([saga]), await bench.openHost([saga])];

    const handles = await settled(Promise.all(hosts.map(({ sagas }) => sagas.start(saga, START))));
    const outcomes = await settled(Promise.all(handles.map((handle) => handle.outcome())));

    expect(outcomes).toMatchObject([{ completed: true }, { completed: true }]);
    expect(outcomes[0]?.saga).toEqual(outcomes[1]?.saga);
    expect(world.trail).toEqual(['A', 'B']);
  });

  test('When the first has ended, Then the second gets its outcome', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('AB');
    const host = await bench.openHost([saga]);
    const record = await host.run(saga, 'input');

    const handle = await host.sagas.start(saga, { ...START, input: 'another' });

    expect(handle.record).toEqual(record);
    expect(await settled(handle.outcome())).toMatchObject({ completed: true, result: ['did A', 'did B'] });
    expect(world.trail).toEqual(['A', 'B']);
  });

  test('When the second is of another name, Then it is refused with a clear error', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('AB');
    const other = { ...world.letters('A'), name: 'another' };
    const host = await bench.openHost([saga, other]);
    const record = await host.run(saga, 'input');

    const starting = host.sagas.start(other, START);

    await expect(starting).rejects.toMatchObject({
      name: 'SagaMisuse',
      code: 'id_taken',
      message: 'a saga of another name has the id saga-1',
    });
    expect(await host.find()).toEqual(record);
  });

  test('When the first could not begin, Then the second does', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('AB');
    const host = await bench.openHost([saga]);
    const refuse = async () => {
      throw new RangeError('taken');
    };

    const first = host.sagas.start(saga, { ...START, input: 'one', inTransaction: refuse });
    const second = host.sagas.start(saga, { ...START, input: 'two' });

    await expect(settled(first)).rejects.toThrow(RangeError);
    const handle = await settled(second);
    expect(await settled(handle.outcome())).toMatchObject({ completed: true, saga: { input: 'two' } });
  });
});
