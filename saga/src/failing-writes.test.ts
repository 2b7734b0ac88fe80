import { describe, expect, test } from 'vitest';
import { openBench, settled, until } from '../test/bench.ts';
import { createWorld } from '../test/letters.ts';
import { defineSaga } from './index.ts';

describe('a write that fails', () => {
  test('When a step is about to begin while a write fails, Then it does not run before it is in the log', async () => {
    await using bench = openBench();
    const world = createWorld();
    const first = Promise.withResolvers<void>();
    const second = Promise.withResolvers<void>();
    const pivot = world.step('P', { pivot: true });
    const A = world.step('A', { run: () => first.promise });
    const B = world.step('B', { run: () => second.promise });
    const C = world.step('C');
    const D = world.step('D');
    const saga = defineSaga<string, null, string, never>('side by side', {
      steps: [pivot, A, B, C, D],
      async run(saga) {
        // Past the pivot no deadline ends a step.
        await saga.step(pivot, '');
        await Promise.all([
          saga.step(A, '').then(() => saga.step(C, '')),
          saga.step(B, '').then(() => saga.step(D, '')),
        ]);
        return null;
      },
    });
    const host = await bench.openHost([saga]);
    const { transaction } = host.store;
    const handle = await host.sagas.start(saga, { id: 'saga-1', input: 'input', secret: 'canary' });
    await until('A and B are running', async () => (await host.find()).steps.length === 3);
    const broken = Promise.withResolvers<never>();
    let isWriting = false;
    host.store.transaction = () => {
      isWriting = true;
      host.store.transaction = transaction;
      return broken.promise;
    };

    first.resolve();
    await until('C is being written', () => isWriting);
    second.resolve();
    const ended = Date.now();
    await until('D waits for that', () => Date.now() > ended + 100);
    broken.reject(new Error('the disk is full'));
    await settled(handle.rested());

    expect(world.trail).toEqual(['P']);
    expect(host.errors.map(({ error }) => String(error))).toEqual(['Error: the disk is full']);
    expect((await host.find()).steps.map(({ name }) => name)).toEqual(['P', 'A', 'B']);
  });

  test.each([1, 2, 3, 4, 5, 6])('When it is write %i beside an event, Then the event is not lost', async (which) => {
    await using bench = openBench();
    const world = createWorld();
    const gate = Promise.withResolvers<void>();
    const [A, B] = [world.step('A', { run: () => gate.promise }), world.step('B')];
    const saga = defineSaga<string, string, string, never>('approval', {
      steps: [A, B],
      async run(it) {
        await it.step(A, '');
        const [approval] = await Promise.all([it.waitFor<string>('approval', { timeout: '1m' }), it.step(B, '')]);
        return approval;
      },
    });
    const host = await bench.openHost([saga], { recover: true });
    await host.sagas.start(saga, { id: 'saga-1', input: 'input' });
    const { transaction } = host.store;
    await transaction(async (tables) => {
      const row = { saga_id: 'saga-1', name: 'approval', dedupe_key: null, payload: '"yes"', created_at: Date.now() };
      await tables.insertInto('saga_events').values(row).execute();
    });
    let writes = 0;
    host.store.transaction = async (...args) => {
      writes += 1;
      if (writes === which) throw new Error('the disk is full');
      return transaction(...args);
    };

    gate.resolve();
    await host.untilEnded();

    expect(await host.find()).toMatchObject({ status: 'completed', result: 'yes' });
  });
});
