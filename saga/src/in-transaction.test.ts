import { describe, expect, test } from 'vitest';
import { openBench, settled } from '../test/bench.ts';
import { createWorld, lettersBy } from '../test/letters.ts';
import { note, notesOf } from '../test/notes.ts';

describe('`inTransaction`', () => {
  test('When it writes, Then that is on disk with the saga', async () => {
    await using bench = openBench();
    const saga = createWorld().letters('A');
    const host = await bench.openHost([saga]);

    const handle = await host.sagas.start(saga, {
      id: 'saga-1',
      input: 'input',
      secret: 'canary',
      inTransaction: (tables, { id }) => note(tables, `begun ${id}`),
    });

    expect(await notesOf(host.store)).toEqual(['begun saga-1']);
    expect(await settled(handle.rested())).toMatchObject({ status: 'completed' });
  });

  test('When it throws, Then the caller is told, nothing is on disk and no step has run', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('A');
    const host = await bench.openHost([saga]);

    const starting = host.sagas.start(saga, {
      id: 'saga-1',
      input: 'input',
      secret: 'canary',
      async inTransaction(tables) {
        await note(tables, 'never');
        throw new RangeError('taken');
      },
    });

    await expect(starting).rejects.toThrow(RangeError);
    expect(await host.sagas.find('saga-1')).toBeUndefined();
    expect(await notesOf(host.store)).toEqual([]);
    expect(world.trail).toEqual([]);
  });

  test('When it throws and the function catches what a step throws, Then the function is not told and goes no further', async () => {
    await using bench = openBench();
    const world = createWorld();
    const [a, b] = [world.step('A'), world.step('B')];
    let told = 0;
    const saga = lettersBy([a, b], (steps, input) =>
      steps.step(a, input).catch(() => {
        told += 1;
        return steps.step(b, input);
      }),
    );
    const host = await bench.openHost([saga]);
    let failed = 0;

    const starting = host.sagas.start(saga, {
      id: 'saga-1',
      input: 'input',
      secret: 'canary',
      async inTransaction() {
        failed += 1;
        if (failed === 1) throw new RangeError('taken');
      },
    });

    await expect(starting).rejects.toThrow(RangeError);
    await settled(host.sagas.close({ graceMs: 1_000 }));
    expect(await host.sagas.find('saga-1')).toBeUndefined();
    expect({ told, failed, trail: world.trail }).toEqual({ told: 0, failed: 1, trail: [] });
  });

  test('When the id is taken, Then it does not run, the caller gets the first saga, and that is as it was', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('A');
    const host = await bench.openHost([saga]);
    const first = await host.run(saga, 'input');

    const second = await host.sagas.start(saga, {
      id: 'saga-1',
      input: 'another',
      secret: 'canary',
      inTransaction: (tables) => note(tables, 'never'),
    });

    expect(await settled(second.outcome())).toMatchObject({ completed: true, saga: { input: 'input' } });
    expect(await host.find()).toEqual(first);
    expect(await notesOf(host.store)).toEqual([]);
    expect(world.trail).toEqual(['A']);
  });
});
