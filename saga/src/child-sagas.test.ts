import { describe, expect, test } from 'vitest';
import { openBench, settled, until } from '../test/bench.ts';
import { createWorld } from '../test/letters.ts';
import { defineSaga, Refusal, refused } from './index.ts';

/** A saga that starts one over B and C between its own steps A and D. */
function createParent(overrides: Parameters<ReturnType<typeof createWorld>['letters']>[1] = {}) {
  const world = createWorld();
  const child = world.letters('BC', overrides);
  const [a, d] = [world.step('A', overrides.A), world.step('D', overrides.D)];
  const parent = defineSaga('parent', {
    steps: [a, d],
    deadlineMs: 300_000,
    async run(saga, input: string) {
      await saga.step(a, input);
      const did = await saga.child(child, input).catch(refused('full', async () => ['alternative']));
      await saga.step(d, input);
      return did as string[];
    },
  });
  return { world, parent, child };
}

const CHILD_ID = 'saga-1/letters';

describe('a saga that starts another one', () => {
  test('When that completes, Then it goes on with its result, having held nothing meanwhile', async () => {
    await using bench = openBench();
    const gate = Promise.withResolvers<string>();
    const { world, parent, child } = createParent({ B: { run: () => gate.promise } });
    const host = await bench.openHost([parent, child], { recover: true });
    await settled(host.sagas.start(parent, { id: 'saga-1', input: 'input', secret: 'canary' } as never));
    await host.untilStatus('waiting');
    expect(await host.find()).toMatchObject({ worker: null, steps: [{}, { kind: 'child', child: CHILD_ID }] });

    gate.resolve('did B');
    await host.untilEnded();

    expect(await host.find()).toMatchObject({ status: 'completed', result: ['did B', 'did C'] });
    expect(await host.find(CHILD_ID)).toMatchObject({ status: 'completed', parent: { saga: 'saga-1' } });
    expect(world.trail).toEqual(['A', 'C', 'D']);
  });

  test('When that is refused, Then the function can go another way', async () => {
    await using bench = openBench();
    const { world, parent, child } = createParent({ C: { run: async () => Promise.reject(new Refusal('full')) } });
    const host = await bench.openHost([parent, child], { recover: true });
    await settled(host.sagas.start(parent, { id: 'saga-1', input: 'input', secret: 'canary' } as never));
    await host.untilEnded();
    await host.untilEnded(CHILD_ID);

    expect(await host.find()).toMatchObject({ status: 'completed', result: ['alternative'] });
    expect(world.trail).toEqual(['A', 'B', 'undo B', 'D']);
  });

  test('When it fails later, Then that one is cancelled before the steps before it are undone', async () => {
    await using bench = openBench();
    const { world, parent, child } = createParent({ D: { run: async () => Promise.reject(new Refusal('no')) } });
    const host = await bench.openHost([parent, child], { recover: true });
    await settled(host.sagas.start(parent, { id: 'saga-1', input: 'input', secret: 'canary' } as never));
    await host.untilEnded();

    expect(await host.find()).toMatchObject({ status: 'compensated', failure: { step: 'D', code: 'no' } });
    expect(await host.find(CHILD_ID)).toMatchObject({ status: 'cancelled', history: [{ by: 'saga saga-1' }] });
    expect(world.trail).toEqual(['A', 'B', 'C', 'undo C', 'undo B', 'undo A']);
  });

  test('When it is cancelled while that one runs, Then both are rolled back', async () => {
    await using bench = openBench();
    const gate = Promise.withResolvers<string>();
    const { world, parent, child } = createParent({ C: { run: () => gate.promise } });
    const host = await bench.openHost([parent, child], { recover: true });
    await settled(host.sagas.start(parent, { id: 'saga-1', input: 'input', secret: 'canary' } as never));
    await until('the other one is in C', async () => (await host.sagas.find(CHILD_ID))?.steps.length === 2);

    await settled(host.sagas.cancel('saga-1', { by: 'ops' }));
    gate.resolve('late');
    await host.untilEnded();

    expect(await host.find()).toMatchObject({ status: 'cancelled' });
    expect(await host.find(CHILD_ID)).toMatchObject({ status: 'cancelled' });
    expect(world.undone()).toEqual(['undo C', 'undo B', 'undo A']);
  });

  test('When its process dies while it waits, Then another one goes on with both', async () => {
    await using bench = openBench();
    const { parent, child } = createParent({ B: { run: () => host.kill() } });
    const host = await bench.openHost([parent, child], { recover: true });
    await settled(host.sagas.start(parent, { id: 'saga-1', input: 'input', secret: 'canary' } as never));
    const repaired = createParent();
    const next = await bench.openHost([repaired.parent, repaired.child], { recover: true });
    await next.untilEnded();

    expect(await next.find()).toMatchObject({ status: 'completed', result: ['did B', 'did C'] });
    expect(repaired.world.trail).toEqual(['B', 'C', 'D']);
  });

  test('When the id of that one is taken, Then it waits for no other saga, and is stuck with `id_taken`', async () => {
    await using bench = openBench();
    const { world, parent, child } = createParent();
    const host = await bench.openHost([parent, child], { recover: true });
    await host.run(child, 'of another', CHILD_ID);
    await settled(host.sagas.start(parent, { id: 'saga-1', input: 'input', secret: 'canary' } as never));
    await host.untilStatus('stuck');

    expect(await host.find()).toMatchObject({ steps: [{ name: 'A' }], reason: { code: 'id_taken', step: null } });
    await settled(host.sagas.cancel('saga-1', { by: 'ops' }));
    await host.untilEnded();

    expect(await host.find(CHILD_ID)).toMatchObject({ status: 'completed' });
    expect(world.undone()).toEqual(['undo A']);
  });

  test('When it fails and that one is past its pivot, Then it is stuck with `past_pivot`', async () => {
    await using bench = openBench();
    const pivot = { pivot: true, undo: undefined as never };
    const { parent, child } = createParent({ C: pivot, D: { run: async () => Promise.reject(new Refusal('no')) } });
    const host = await bench.openHost([parent, child], { recover: true });
    await settled(host.sagas.start(parent, { id: 'saga-1', input: 'input', secret: 'canary' } as never));
    await host.untilStatus('stuck');

    expect(await host.find()).toMatchObject({ reason: { code: 'past_pivot', step: 'letters' } });
    expect(await host.find(CHILD_ID)).toMatchObject({ status: 'completed' });
  });
});
