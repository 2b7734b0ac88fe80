import { describe, expect, test } from 'vitest';
import { type Host, openBench, settled, until } from '../test/bench.ts';
import { createWorld, lettersBy, type World } from '../test/letters.ts';
import { Unclear } from '../test/unclear.ts';
import { Refusal } from './index.ts';

type Bench = ReturnType<typeof openBench>;
type Run = Parameters<typeof lettersBy>[1];

/** Leaves a saga over A and B whose process died in B, on its way forward, or, where B fails, in the undo of B. */
async function leaveBehind(bench: Bench, world: World, heading: 'forward' | 'back') {
  const die = () => host.kill();
  const fail = async () => {
    throw new Unclear('the response is lost');
  };
  const dying = world.letters('AB', { B: heading === 'forward' ? { run: die } : { run: fail, undo: die } });
  const host: Host = await bench.openHost([dying]);
  void host.sagas.start(dying, { id: 'saga-1', input: 'input', secret: 'canary' });
  await until('it is in B', async () => {
    const b = (await host.sagas.find('saga-1'))?.steps[1];
    return heading === 'forward' ? b?.status === 'running' : b?.undo?.status === 'running';
  });
}

/** Functions that come by less than the log has; each declares the steps A, B and X. */
const changes: Array<[string, (world: World) => ReturnType<typeof lettersBy>]> = [
  ['calls another step in its place', (world) => by(world, 'AX')],
  ['ends before the steps that the log has', (world) => by(world, 'A')],
  ['throws before the steps that the log has', (world) => by(world, 'A', new RangeError('changed'))],
];

function by(world: World, called: string, error?: Error) {
  const steps = [...'ABX'].map((name) => world.step(name));
  const run: Run = async (saga, input) => {
    for (const step of steps) if (called.includes(step.name)) await saga.step(step, input);
    if (error) throw error;
  };
  return lettersBy(steps, run);
}

describe('a function that changed while a saga was under way', () => {
  test.each(changes)(
    'When it %s, Then the saga is stuck with its reason, and can be cancelled',
    async (_what, change) => {
      await using bench = openBench();
      const world = createWorld();
      await leaveBehind(bench, world, 'forward');
      const next = await bench.openHost([change(world)], { recover: true });

      await next.untilStatus('stuck');

      expect(await next.find()).toMatchObject({ goal: 'complete', reason: { code: 'function_changed', step: 'B' } });
      expect(next.events.at(-1)).toMatchObject({ kind: 'saga', status: 'stuck', code: 'function_changed' });
      expect(world.undone()).toEqual([]);

      await settled(next.sagas.cancel('saga-1', { by: 'ops' }));
      await next.untilEnded();
      expect(await next.find()).toMatchObject({ status: 'cancelled' });
      expect(world.undone().slice(-2)).toEqual(['undo B', 'undo A']);
      expect(world.effects).toEqual(new Set());
    },
  );

  test.each(changes)(
    'When it %s and the saga is on its way back, Then compensation does not mind',
    async (_what, change) => {
      await using bench = openBench();
      const world = createWorld();
      await leaveBehind(bench, world, 'back');
      const next = await bench.openHost([change(world)], { recover: true });

      await next.untilEnded();

      expect(await next.find()).toMatchObject({ status: 'compensated', failure: { step: 'B', code: 'unclear' } });
      expect(world.trail).toEqual(['A', 'undo B', 'undo A']);
    },
  );

  test.each(['a step', 'a wait'])(
    'When it has %s where the log has the other under that name, Then the saga is stuck',
    async (now) => {
      await using bench = openBench();
      const world = createWorld();
      const [a, b] = [world.step('A'), world.step('B')];
      const step = lettersBy([a, b], async (saga, input) => {
        await saga.step(a, input);
        await saga.sleep('nap', 1_000);
      });
      const wait = lettersBy([a, b], async (saga, input) => {
        await saga.sleep('A', 1_000);
        await saga.step(b, input);
      });
      const [before, after] = now === 'a step' ? [wait, step] : [step, wait];
      const host = await bench.openHost([before]);
      expect(await host.run(before, 'input')).toMatchObject({ status: 'waiting' });
      await settled(host.sagas.close());

      const next = await bench.openHost([after], { recover: true });
      await next.untilStatus('stuck');

      expect(await next.find()).toMatchObject({ reason: { code: 'function_changed', step: 'A' } });
    },
  );

  test('When the function of before is back, Then the saga ends as it would have', async () => {
    await using bench = openBench();
    const world = createWorld();
    await leaveBehind(bench, world, 'forward');
    const wrong = await bench.openHost([by(world, '')], { recover: true });
    await wrong.untilStatus('stuck');
    void wrong.kill();

    const right = await bench.openHost([world.letters('AB')], { recover: true });
    await right.untilEnded();

    expect(await right.find()).toMatchObject({ status: 'completed', reason: null });
  });
});

describe('a step that is no longer declared', () => {
  test.each(['forward', 'back'] as const)(
    'When the saga is on its way %s, Then it is stuck with the name of the step, and none is skipped',
    async (heading) => {
      await using bench = openBench();
      const world = createWorld();
      await leaveBehind(bench, world, heading);
      const next = await bench.openHost([world.letters('A')], { recover: true });

      await next.untilStatus('stuck');

      expect(await next.find()).toMatchObject({ reason: { code: 'step_unknown', step: 'B' } });
      expect(next.events.at(-1)).toMatchObject({ kind: 'saga', status: 'stuck', code: 'step_unknown' });
      expect(next.lines.join('\n')).toContain('"reason":"step_unknown: B"');
      expect(world.trail).toEqual(['A']);
    },
  );

  test.each(['forward', 'back'] as const)(
    'When only its undo is gone and the saga is on its way %s, Then it is stuck, and none is skipped',
    async (heading) => {
      await using bench = openBench();
      const world = createWorld();
      await leaveBehind(bench, world, heading);
      const refuse = async () => Promise.reject(new Refusal('no'));
      const changed = world.letters('AB', { B: { run: refuse, undo: undefined as never } });
      const next = await bench.openHost([changed], { recover: true });

      await next.untilStatus('stuck');

      expect(await next.find()).toMatchObject({ reason: { code: 'undo_unknown', step: 'B' } });
      expect(world.trail).toEqual(['A']);
    },
  );

  test('When it is declared again, Then the saga goes on', async () => {
    await using bench = openBench();
    const world = createWorld();
    await leaveBehind(bench, world, 'back');
    const wrong = await bench.openHost([world.letters('A')], { recover: true });
    await wrong.untilStatus('stuck');
    void wrong.kill();

    const right = await bench.openHost([world.letters('AB')], { recover: true });
    await right.untilEnded();

    expect(await right.find()).toMatchObject({ status: 'compensated' });
    expect(world.trail).toEqual(['A', 'undo B', 'undo A']);
  });
});
