import { describe, expect, test } from 'vitest';
import { type Host, openBench, settled, until } from '../test/bench.ts';
import { createWorld, type World } from '../test/letters.ts';

type Bench = ReturnType<typeof openBench>;

/** Leaves a saga of a version whose process died in B. */
async function leaveBehind(bench: Bench, world: World, version: number, id = 'saga-1') {
  const dying = world.letters('AB', { B: { run: () => host.kill() } }, { version });
  const host: Host = await bench.openHost([dying]);
  void host.sagas.start(dying, { id, input: 'input', secret: 'canary' });
  await until('it is in B', async () => (await host.sagas.find(id))?.steps[1]?.status === 'running');
}

/** Lets enough time go by for a saga to be claimed, retried and stuck. */
async function wait(): Promise<void> {
  const begun = Date.now();
  await until('much time has gone by', () => Date.now() - begun > 40_000);
}

describe('a process that was not given a definition', () => {
  test('When the log has an unfinished saga of that name, Then it neither claims it nor shows it as stuck', async () => {
    await using bench = openBench();
    const world = createWorld();
    await leaveBehind(bench, world, 1);
    const old = await bench.openHost([{ ...world.letters('A'), name: 'another' }], { recover: true });
    const before = await old.find();

    await wait();

    expect(await old.find()).toEqual(before);
    expect(old.events).toEqual([]);
    expect(await old.sagas.check()).toEqual([{ name: 'letters', version: 1, unfinished: true, cancellable: false }]);
    expect(old.lines.join('\n')).toContain('sagas of a definition that this process was not given');
    const right = await bench.openHost([world.letters('AB')], { recover: true });
    await right.untilEnded();
    expect(await right.find()).toMatchObject({ status: 'completed', fence: 2 });
  });

  test('When an image is rolled back while sagas of the new version run, Then each version is run by who has it, and none is stuck', async () => {
    await using bench = openBench();
    const world = createWorld();
    await leaveBehind(bench, world, 1, 'old saga');
    await leaveBehind(bench, world, 2, 'new saga');
    const rolledBack = await bench.openHost([world.letters('AB', {}, { version: 1 })], { recover: true });
    await rolledBack.untilEnded('old saga');
    await wait();

    expect(await rolledBack.find('new saga')).toMatchObject({ status: 'pending', fence: 1, reschedules: 0 });
    expect(rolledBack.events.filter(({ status }) => status === 'stuck')).toEqual([]);
    const both = [world.letters('AB', {}, { version: 1 }), world.letters('AB', {}, { version: 2 })];
    const next = await bench.openHost(both, { recover: true });
    await next.untilEnded('new saga');

    expect(await next.find('old saga')).toMatchObject({ status: 'completed', version: 1 });
    expect(await next.find('new saga')).toMatchObject({ status: 'completed', version: 2 });
  });

  test('When it cancels a completed saga of that version, Then a process that has it undoes the saga', async () => {
    await using bench = openBench();
    const world = createWorld();
    const two = world.letters('AB', {}, { version: 2 });
    const newer = await bench.openHost([two]);
    await newer.run(two, 'input');
    const old = await bench.openHost([world.letters('AB')], { recover: true });
    expect(await old.sagas.check()).toEqual([{ name: 'letters', version: 2, unfinished: false, cancellable: true }]);

    await settled(old.sagas.cancel('saga-1', { by: 'ops' }));
    await wait();
    expect(await old.find()).toMatchObject({ status: 'compensating', reschedules: 0, worker: null });
    expect(world.undone()).toEqual([]);
    const next = await bench.openHost([two], { recover: true });
    await next.untilEnded();

    expect(await next.find()).toMatchObject({ status: 'cancelled' });
    expect(world.undone()).toEqual(['undo B', 'undo A']);
  });

  test('When it was given all that the log can need, Then the check finds nothing', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('AB');
    const host = await bench.openHost([saga]);
    await host.run(saga, 'input');
    const cancelled = await bench.openHost([]);
    await settled(host.sagas.cancel('saga-1', { by: 'ops' }));
    await host.untilEnded();

    expect(await host.sagas.check()).toEqual([]);
    // One that was cancelled needs nothing any more.
    expect(await cancelled.sagas.check()).toEqual([]);
  });

  test('When another engine on the store runs what it was not given, Then the check finds nothing and it warns of nothing', async () => {
    await using bench = openBench();
    const saga = createWorld().letters('AB');
    const host = await bench.openHost([saga]);
    await host.run(saga, 'input');

    const other = await bench.openHost([], { elsewhere: [saga.name] });

    expect(await other.sagas.check()).toEqual([]);
    expect(other.lines).toEqual([]);
  });
});
