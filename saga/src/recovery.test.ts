import { describe, expect, test, vi } from 'vitest';
import { type Host, openBench, until } from '../test/bench.ts';
import { createWorld, failingFirst, type LetterStep, type World } from '../test/letters.ts';
import { Unclear } from '../test/unclear.ts';
import { abandon, Refusal } from './index.ts';

const refuse = async () => {
  throw new Refusal('no_room', { left: 0 });
};

/** A saga over A, B and C whose process died in the middle of B, after B had its effect; another process is open. */
async function crashInB(bench: ReturnType<typeof openBench>, world: World, afterwards: Partial<LetterStep>) {
  const dying = world.letters('ABC', {
    B: {
      async run() {
        world.perform('B');
        return host.kill();
      },
    },
  });
  const host: Host = await bench.openHost([dying]);
  void host.sagas.start(dying, { id: 'saga-1', input: 'input', secret: 'canary' });
  await until('B had its effect', () => world.effects.has('B'));
  return bench.openHost([world.letters('ABC', { B: afterwards })], { recover: true });
}

describe('a saga whose process died in the middle of a step', () => {
  test('When the step can be retried, Then it is run again and the saga completes', async () => {
    await using bench = openBench();
    const world = createWorld();
    const next = await crashInB(bench, world, {});

    await next.untilEnded();

    expect(await next.find()).toMatchObject({ status: 'completed', result: ['did A', 'did B', 'did C'] });
    expect(world.trail).toEqual(['A', 'B', 'B', 'C']);
    expect((await next.find()).steps.map(({ attempts }) => attempts)).toEqual([1, 1, 1]);
  });

  test('When `recover` finds the result, Then it counts as the result of the step', async () => {
    await using bench = openBench();
    const world = createWorld();
    const next = await crashInB(bench, world, { recover: async () => 'found B' });

    await next.untilEnded();

    expect(await next.find()).toMatchObject({ status: 'completed', result: ['did A', 'found B', 'did C'] });
    expect(world.trail).toEqual(['A', 'B', 'C']);
  });

  test('When `recover` finds nothing, Then the step and those before it are undone', async () => {
    await using bench = openBench();
    const world = createWorld();
    const next = await crashInB(bench, world, { recover: abandon });

    await next.untilEnded();

    expect(await next.find()).toMatchObject({ status: 'compensated', failure: { step: 'B', code: 'interrupted' } });
    expect(world.trail).toEqual(['A', 'B', 'undo B', 'undo A']);
  });

  test('When `recover` fails, Then the saga waits, without an outcome, and tries again', async () => {
    await using bench = openBench();
    const world = createWorld();
    const recover = failingFirst(
      4,
      async () => 'found B',
      () => new Unclear('no response'),
    );
    const next = await crashInB(bench, world, { recover });

    await until('it waits', async () => (await next.find()).reschedules === 1);
    expect(await next.find()).toMatchObject({
      status: 'pending',
      goal: 'complete',
      reason: { code: 'unclear', step: 'B' },
      steps: [{}, { status: 'running', code: 'unclear' }],
    });
    await next.untilEnded();

    expect(await next.find()).toMatchObject({
      status: 'completed',
      result: ['did A', 'found B', 'did C'],
      reschedules: 0,
      reason: null,
    });
  });

  test('When `recover` keeps failing, Then the saga is stuck, still without an outcome, and no one polls for it', async () => {
    await using bench = openBench();
    const world = createWorld();
    const next = await crashInB(bench, world, { recover: async () => Promise.reject(new Unclear()) });
    let reads = 0;
    const selectFrom = next.store.read.selectFrom.bind(next.store.read);
    vi.spyOn(next.store.read, 'selectFrom').mockImplementation((table) => {
      reads += 1;
      return selectFrom(table);
    });

    await until('it is stuck', () => next.lines.filter((line) => line.includes('stuck')).length > 3);

    expect(reads).toBe(0);
    expect(await next.find()).toMatchObject({
      status: 'stuck',
      goal: 'complete',
      reason: { code: 'unclear', step: 'B' },
      steps: [{}, { status: 'running' }],
    });
    expect(world.undone()).toEqual([]);
  });

  test('When running it again is refused, Then it is undone all the same: the first run may have done it', async () => {
    await using bench = openBench();
    const world = createWorld();
    const next = await crashInB(bench, world, { run: refuse });

    await next.untilEnded();

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
        async undo() {
          world.undo('B');
          return host.kill();
        },
      },
      C: { run: refuse },
    });
    const host: Host = await bench.openHost([dying]);
    void host.sagas.start(dying, { id: 'saga-1', input: 'input', secret: 'canary' });
    await until('B is undone', () => world.undone().length === 1);

    const next = await bench.openHost([world.letters('ABC', { C: { run: refuse } })], { recover: true });
    await next.untilEnded();

    expect(world.undone()).toEqual(['undo B', 'undo B', 'undo A']);
    expect(world.effects).toEqual(new Set());
    const record = await next.find();
    expect(record).toMatchObject({ status: 'compensated', failure: { step: 'C', code: 'no_room', data: { left: 0 } } });
    expect(record.steps[1]?.undo).toMatchObject({ status: 'done', attempts: 1 });
  });
});

describe('a secret', () => {
  test('When the process that held it died in the step that needs it, Then that step is undone', async () => {
    await using bench = openBench();
    const world = createWorld();
    const dying = world.letters('AB', {
      A: {
        async run({ secret }) {
          world.effects.add(secret.value);
          return host.kill();
        },
      },
    });
    const host: Host = await bench.openHost([dying]);
    void host.sagas.start(dying, { id: 'saga-1', input: 'input', secret: 'A' });
    await until('A had its effect', () => world.effects.has('A'));

    const recovering = world.letters('AB', { A: { run: async ({ secret }) => void world.effects.add(secret.value) } });
    const next = await bench.openHost([recovering], { recover: true });
    await next.untilEnded();

    expect(await next.find()).toMatchObject({ status: 'compensated', failure: { step: 'A', code: 'secret_lost' } });
    expect(world.effects).toEqual(new Set());
  });
});
