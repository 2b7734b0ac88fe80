import { describe, expect, test } from 'vitest';
import { type Host, openBench, until } from '../test/bench.ts';
import { createWorld } from '../test/letters.ts';
import { Unclear } from '../test/unclear.ts';
import { defineSaga, Refusal, type SagaDefinition, type SagaEvent } from './index.ts';

type World = ReturnType<typeof createWorld>;
type Tell = SagaDefinition<string, string>['tell'];

/** Leaves a saga over A and B whose process died in B, on its way forward, or, where B fails, in the undo of B. */
async function leaveBehind(bench: ReturnType<typeof openBench>, world: World, heading: 'forward' | 'back') {
  const die = () => host.kill();
  const fail = async () => {
    throw new Unclear('the answer is lost');
  };
  const dying = world.letters('AB', { B: heading === 'forward' ? { run: die } : { run: fail, undo: die } });
  const host: Host = await bench.openHost([dying]);
  void host.runner.start(dying, 'saga-1', 'input', { secret: 'canary' });
  await until('it is in B', async () => {
    const b = (await host.runner.find('saga-1'))?.steps[1];
    return heading === 'forward' ? b?.status === 'running' : b?.undo?.status === 'running';
  });
}

const changes: Array<[string, (world: World) => Tell]> = [
  [
    'names another step',
    (world) => async (saga) => {
      await saga.step('A', world.step('A'));
      await saga.step('X', world.step('X'));
    },
  ],
  ['ends before the steps that the log has', (world) => async (saga) => saga.step('A', world.step('A'))],
  [
    'throws before the steps that the log has',
    (world) => async (saga, _input, secret) => {
      await saga.step('A', world.step('A'));
      // Lost with the process that died, and read between two steps.
      await saga.step(secret.value, world.step('B'));
    },
  ],
  [
    'no longer knows the undo of a step',
    (world) => async (saga) => {
      await saga.step('A', world.step('A'));
      await saga.step('B', { run: async () => Promise.reject(new Refusal('no')) });
    },
  ],
];

describe('a story that changed while a saga was in flight', () => {
  for (const heading of ['forward', 'back'] as const) {
    test.each(changes)(
      `When, on the way ${heading}, it %s, Then the saga is stuck and no step is skipped`,
      async (_what, change) => {
        await using bench = openBench();
        const world = createWorld();
        await leaveBehind(bench, world, heading);
        const events: SagaEvent[] = [];
        const changed = defineSaga('letters', change(world));
        const next = await bench.openHost([changed], { observe: (_record, event) => void events.push(event) });

        await next.runner.open();
        await next.untilStatus('stuck');

        expect(events.at(-1)).toMatchObject({ kind: 'saga', status: 'stuck', code: 'story_changed' });
        expect(world.undone()).toEqual([]);
        expect(world.trail).not.toContain('X');
      },
    );
  }

  test('When the old story is back, Then the saga ends as ever', async () => {
    await using bench = openBench();
    const world = createWorld();
    await leaveBehind(bench, world, 'forward');
    const wrong = await bench.openHost([defineSaga('letters', async () => 'nothing to do')]);
    await wrong.runner.open();
    await wrong.untilStatus('stuck');
    void wrong.kill();

    const right = await bench.openHost([world.letters('AB')]);
    await right.runner.open();
    await right.untilTerminal();

    expect(await right.find()).toMatchObject({ status: 'completed' });
  });

  test('When no story has the name in the log, Then the saga is stuck as `unknown_saga`', async () => {
    await using bench = openBench();
    const world = createWorld();
    await leaveBehind(bench, world, 'forward');
    const events: SagaEvent[] = [];
    const next = await bench.openHost([], { observe: (_record, event) => void events.push(event) });

    await next.runner.open();
    await next.untilStatus('stuck');

    expect(events.at(-1)).toMatchObject({ status: 'stuck', code: 'unknown_saga' });
    expect(world.undone()).toEqual([]);
  });
});
