import { describe, expect, test } from 'vitest';
import { openBench, settled, until } from '../test/bench.ts';
import { createWorld } from '../test/letters.ts';
import { createOnOutcome, note, notesOf } from '../test/notes.ts';

describe('a store that fails', () => {
  test('When it cannot be written for a while, Then the saga is claimed after its lease and completes', async () => {
    await using bench = openBench();
    const world = createWorld();
    let broken = false;
    let repaired = false;
    const saga = world.letters('ABC', {
      A: {
        async run() {
          broken = !repaired;
          return 'did A';
        },
      },
    });
    const host = await bench.openHost([saga], { recover: true });
    const { transaction } = host.store;
    host.store.transaction = (work, options) =>
      broken ? Promise.reject(new Error('disk full')) : transaction(work, options);

    const handle = await host.sagas.start(saga, { id: 'saga-1', input: 'input', secret: 'canary' });
    const outcome = handle.outcome();
    await settled(handle.rested());
    expect(await host.find()).toMatchObject({ status: 'pending', steps: [{ name: 'A', status: 'running' }] });
    expect(host.lines.join('\n')).toContain('a saga waits for the end of its lease');
    await until('its lease is over', () => host.lines.join('\n').includes('looking for due sagas failed'));
    repaired = true;
    broken = false;
    await host.untilEnded();

    expect(await host.find()).toMatchObject({ status: 'completed' });
    expect(await settled(outcome)).toMatchObject({ completed: true });
    expect(world.trail).toEqual(['B', 'C']);
  });

  test('When the answer to the commit that begins it is lost, Then it begins once, and its caller has it', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('AB');
    const host = await bench.openHost([saga]);
    const { transaction } = host.store;
    let lost = 0;
    host.store.transaction = async (work, options) => {
      const result = await transaction(work, options);
      if (lost > 0 || !options?.repeatable) return result;
      lost += 1;
      return transaction(work, options);
    };

    const handle = await host.sagas.start(saga, {
      id: 'saga-1',
      input: 'input',
      secret: 'canary',
      inTransaction: (tables, { id }) => note(tables, `begun ${id}`),
    });

    expect(await settled(handle.rested())).toMatchObject({ status: 'completed', fence: 1 });
    expect(lost).toBe(1);
    expect(world.trail).toEqual(['A', 'B']);
    expect(await notesOf(host.store)).toEqual(['begun saga-1']);
  });

  test('When the answers to all commits are lost, Then `onOutcome` runs once and each step once', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = { ...world.letters('AB'), onOutcome: createOnOutcome(0) };
    const host = await bench.openHost([saga]);
    const { transaction } = host.store;
    host.store.transaction = async (work, options) => {
      await transaction(work, options);
      return transaction(work, options);
    };

    expect(await host.run(saga, 'input')).toMatchObject({ status: 'completed', fence: 1 });
    expect(world.trail).toEqual(['A', 'B']);
    expect(await notesOf(host.store)).toEqual(['completed']);
  });

  test('When the answer to the commit that begins it is lost for good, Then it begins once and is claimed after its lease', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('AB');
    const host = await bench.openHost([saga], { recover: true });
    const { transaction } = host.store;
    let lost = false;
    host.store.transaction = async (work, options) => {
      const result = await transaction(work, options);
      if (lost || !options?.repeatable) return result;
      lost = true;
      throw new Error('the answer to COMMIT was lost');
    };

    const starting = host.sagas.start(saga, {
      id: 'saga-1',
      input: 'input',
      secret: 'canary',
      inTransaction: (tables, { id }) => note(tables, `begun ${id}`),
    });

    await expect(starting).rejects.toThrow('the answer to COMMIT was lost');
    expect(world.trail).toEqual([]);
    await host.untilEnded();
    expect(await host.find()).toMatchObject({ status: 'completed', fence: 2 });
    expect(world.trail).toEqual(['A', 'B']);
    expect(await notesOf(host.store)).toEqual(['begun saga-1']);
  });

  test('When an observer throws, Then the saga does not mind', async () => {
    await using bench = openBench();
    const saga = createWorld().letters('AB');
    const observe = () => {
      throw new Error('a bug in the observer');
    };
    const host = await bench.openHost([saga], { observe });

    expect(await host.run(saga, 'input')).toMatchObject({ status: 'completed' });
    expect(host.lines.join('\n')).toContain('observing a saga failed');
  });
});
