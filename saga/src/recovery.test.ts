import { describe, expect, test, vi } from 'vitest';
import { type Host, openBench, until } from '../test/bench.ts';
import { createWorld, failingFirst } from '../test/letters.ts';
import { Unclear } from '../test/unclear.ts';
import { abandon, defineSaga, Refusal, type Step, type Volatile } from './index.ts';

type World = ReturnType<typeof createWorld>;

const refuse = async () => {
  throw new Refusal('no_room', { left: 0 });
};

/** A saga over A, B and C whose process died in the middle of B, after B had its effect; another process is open. */
async function crashInB(bench: ReturnType<typeof openBench>, world: World, afterwards: Partial<Step<unknown>>) {
  const dying: Partial<Step<unknown>> = {
    async run(attempt) {
      await world.step('B').run(attempt);
      return host.kill();
    },
  };
  const host: Host = await bench.openHost([world.letters('ABC', { B: dying })]);
  void host.runner.start(world.letters('ABC', { B: dying }), 'saga-1', 'input', { secret: 'canary' });
  await until('B had its effect', () => world.effects.has('B'));
  const next = await bench.openHost([world.letters('ABC', { B: afterwards })]);
  await next.runner.open();
  return next;
}

describe('a saga whose process died in the middle of a step', () => {
  test('When the step can be repeated, Then it is run again and the saga completes', async () => {
    await using bench = openBench();
    const world = createWorld();
    const next = await crashInB(bench, world, {});

    await next.untilTerminal();

    expect(await next.find()).toMatchObject({ status: 'completed', result: ['did A', 'did B', 'did C'] });
    expect(world.trail).toEqual(['A', 'B', 'B', 'C']);
    expect((await next.find()).steps.map(({ attempts }) => attempts)).toEqual([1, 1, 1]);
  });

  test('When `recover` finds the result, Then it counts as the result of the step', async () => {
    await using bench = openBench();
    const world = createWorld();
    const next = await crashInB(bench, world, { recover: async () => 'found B' });

    await next.untilTerminal();

    expect(await next.find()).toMatchObject({ status: 'completed', result: ['did A', 'found B', 'did C'] });
    expect(world.trail).toEqual(['A', 'B', 'C']);
  });

  test('When `recover` finds nothing, Then the step and those before it are undone', async () => {
    await using bench = openBench();
    const world = createWorld();
    const next = await crashInB(bench, world, { recover: abandon });

    await next.untilTerminal();

    expect(await next.find()).toMatchObject({ status: 'compensated', failure: { step: 'B', code: 'interrupted' } });
    expect(world.trail).toEqual(['A', 'B', 'undo B', 'undo A']);
  });

  test('When `recover` fails, Then the saga waits, undecided, and tries again', async () => {
    await using bench = openBench();
    const world = createWorld();
    const recover = failingFirst(
      4,
      async () => 'found B',
      () => new Unclear('nobody answers'),
    );
    const next = await crashInB(bench, world, { recover });

    await until('it waits', async () => (await next.find()).stalls === 1);
    expect(await next.find()).toMatchObject({ status: 'pending', goal: 'complete', steps: [{}, { code: 'unclear' }] });
    await next.untilTerminal();

    expect(await next.find()).toMatchObject({ status: 'completed', result: ['did A', 'found B', 'did C'], stalls: 0 });
  });

  test('When `recover` keeps failing, Then the saga is stuck, still undecided, and nobody polls for its decision', async () => {
    await using bench = openBench();
    const world = createWorld();
    const next = await crashInB(bench, world, { recover: async () => Promise.reject(new Unclear()) });
    let reads = 0;
    const selectFrom = next.store.read.selectFrom.bind(next.store.read);
    vi.spyOn(next.store.read, 'selectFrom').mockImplementation((table) => {
      reads += 1;
      return selectFrom(table);
    });

    await until('it has stalled often', () => next.lines.filter((line) => line.includes('stuck')).length > 3);

    expect(reads).toBe(0);
    expect(await next.find()).toMatchObject({ status: 'stuck', goal: 'complete', steps: [{}, { status: 'running' }] });
    expect(world.undone()).toEqual([]);
  });

  test('When running it again is refused, Then it is undone all the same: the first run may have done it', async () => {
    await using bench = openBench();
    const world = createWorld();
    const next = await crashInB(bench, world, { run: refuse });

    await next.untilTerminal();

    expect(await next.find()).toMatchObject({ status: 'compensated', failure: { step: 'B', code: 'no_room' } });
    expect(world.effects).toEqual(new Set());
  });
});

describe('a saga whose process died on its way back', () => {
  test('When an undo had its effect and was not recorded, Then it is called again and has one effect', async () => {
    await using bench = openBench();
    const world = createWorld();
    const dying = world.letters('ABC', {
      B: {
        async undo(attempt) {
          await world.step('B').undo(attempt);
          return host.kill();
        },
      },
      C: { run: refuse },
    });
    const host: Host = await bench.openHost([dying]);
    void host.runner.start(dying, 'saga-1', 'input', { secret: 'canary' });
    await until('B is undone', () => world.undone().length === 1);

    const next = await bench.openHost([world.letters('ABC', { C: { run: refuse } })]);
    await next.runner.open();
    await next.untilTerminal();

    expect(world.undone()).toEqual(['undo B', 'undo B', 'undo A']);
    expect(world.effects).toEqual(new Set());
    const record = await next.find();
    expect(record).toMatchObject({ status: 'compensated', failure: { step: 'C', code: 'no_room', data: { left: 0 } } });
    expect(record.steps[1]?.undo).toMatchObject({ status: 'done', attempts: 1 });
  });
});

describe('a secret', () => {
  const createSaga = (world: World, run: (secret: Volatile<string>) => Promise<unknown>) =>
    defineSaga('secretive', async (saga, _input: string, secret: Volatile<string>) => {
      await saga.step('A', { run: () => run(secret), undo: world.step('A').undo });
      return saga.step('B', world.step('B'));
    });

  test('When the process that held it died in the step that needs it, Then that step is undone', async () => {
    await using bench = openBench();
    const world = createWorld();
    const dying = createSaga(world, async (secret) => {
      world.effects.add(secret.value);
      return host.kill();
    });
    const host: Host = await bench.openHost([dying]);
    void host.runner.start(dying, 'saga-1', 'input', { secret: 'A' });
    await until('A had its effect', () => world.effects.has('A'));

    const next = await bench.openHost([createSaga(world, async (secret) => void world.effects.add(secret.value))]);
    await next.runner.open();
    await next.untilTerminal();

    expect(await next.find()).toMatchObject({ status: 'compensated', failure: { step: 'A', code: 'volatile_lost' } });
    expect(world.effects).toEqual(new Set());
  });
});
