import { describe, expect, test } from 'vitest';
import { openBench, settled, until } from '../test/bench.ts';
import { createWorld, failingFirst, type LetterStep } from '../test/letters.ts';
import { Unclear } from '../test/unclear.ts';
import { defineSaga, Refusal, type Saga } from './index.ts';

const BY = { by: 'ops' };
const refuse = async () => {
  throw new Refusal('no_room');
};
const lose = async () => {
  throw new Unclear('the response is lost');
};
const pivot = { pivot: true };
// A pivot of the usual kind: an email that is sent cannot be taken back.
const withoutUndo = (world: ReturnType<typeof createWorld>, overrides: Partial<LetterStep> = {}): LetterStep => {
  const { undo: _undo, ...step } = world.step('P', { ...pivot, ...overrides });
  return step;
};

function sagaOf(steps: LetterStep[], run: (saga: Saga) => Promise<unknown>) {
  return defineSaga<string, string, string, never>('with a pivot', {
    deadlineMs: 60_000,
    steps,
    run: async (saga) => {
      await run(saga);
      return 'done';
    },
  });
}

describe('a pivot beside another step', () => {
  test('When it begins beside one, Then it is refused by name and all is undone', async () => {
    await using bench = openBench();
    const world = createWorld();
    const [A, P] = [world.step('A'), withoutUndo(world)];
    const saga = sagaOf([A, P], (it) => Promise.all([it.step(A, ''), it.step(P, '')]));
    const host = await bench.openHost([saga]);

    const record = await host.run(saga, 'input');

    expect(record).toMatchObject({ status: 'compensated', failure: { code: 'pivot_not_alone' } });
    expect(world.trail).not.toContain('P');
    expect(world.effects.size).toBe(0);
  });

  test('When a step begins beside it, Then that step is refused and never runs', async () => {
    await using bench = openBench();
    const world = createWorld();
    const [A, P] = [world.step('A'), withoutUndo(world)];
    const saga = sagaOf([A, P], (it) => Promise.allSettled([it.step(P, ''), it.step(A, '')]));
    const host = await bench.openHost([saga]);

    expect(await host.run(saga, 'input')).toMatchObject({ status: 'completed' });
    expect(world.trail).toEqual(['P']);
  });
});

describe('a pivot that fails', () => {
  test('When it is refused, Then all before it is undone', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('AP', { P: { ...pivot, run: refuse } });
    const host = await bench.openHost([saga]);

    expect(await host.run(saga, 'input')).toMatchObject({ status: 'compensated', failure: { step: 'P' } });
    expect(world.undone()).toEqual(['undo A']);
  });

  test('When it may have happened and has no undo, Then it is retried and nothing is undone', async () => {
    await using bench = openBench();
    const world = createWorld();
    const A = world.step('A');
    const P = withoutUndo(world, {
      run: failingFirst(
        1,
        async () => world.perform('P'),
        () => new Unclear(),
      ),
    });
    const saga = sagaOf([A, P], async (it) => [await it.step(A, ''), await it.step(P, '')]);
    const host = await bench.openHost([saga], { recover: true });

    expect(await host.run(saga, 'input')).toMatchObject({ status: 'pending', reason: { code: 'unclear', step: 'P' } });
    await host.untilEnded();

    expect(await host.find()).toMatchObject({ status: 'completed' });
    expect(world.trail).toEqual(['A', 'P']);
  });
});

describe('a pivot without an undo that a crash interrupted', () => {
  test.each([
    ['finds that it did not happen', async () => undefined, 'interrupted'],
    ['finds that it was refused', refuse, 'no_room'],
  ])('When `recover` %s, Then what came before it is undone', async (_what, recover, code) => {
    await using bench = openBench();
    const world = createWorld();
    const A = world.step('A');
    const run = (it: Saga) => it.step(A, '').then(() => it.step(dying, ''));
    const dying = withoutUndo(world, { run: () => host.kill() });
    const host = await bench.openHost([sagaOf([A, dying], run)]);
    void host.sagas.start(sagaOf([A, dying], run), { id: 'saga-1', input: 'input', secret: 'canary' });
    await until('the pivot is under way', async () => (await host.sagas.find('saga-1'))?.steps.length === 2);

    const recovering = withoutUndo(world, { recover });
    const next = await bench.openHost(
      [sagaOf([A, recovering], (it) => it.step(A, '').then(() => it.step(recovering, '')))],
      { recover: true },
    );
    await next.untilEnded();

    expect(await next.find()).toMatchObject({ status: 'compensated', failure: { step: 'P', code } });
    expect(world.trail).toEqual(['A', 'undo A']);
  });
});

describe('cancelling a completed saga with a pivot', () => {
  test('When the pivot has an undo, Then all is undone, the last first', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('APB', { P: pivot });
    const host = await bench.openHost([saga]);
    await host.run(saga, 'input');

    await settled(host.sagas.cancel('saga-1', BY));
    await host.untilStatus('cancelled');

    expect(world.undone()).toEqual(['undo B', 'undo P', 'undo A']);
  });

  test('When the pivot has none, Then it is refused with `past_pivot`', async () => {
    await using bench = openBench();
    const world = createWorld();
    const P = withoutUndo(world);
    const saga = sagaOf([P], (it) => it.step(P, ''));
    const host = await bench.openHost([saga]);
    await host.run(saga, 'input');

    await expect(host.sagas.cancel('saga-1', BY)).rejects.toMatchObject({ code: 'past_pivot', status: 'completed' });
  });

  test('When the pivot that has none is under way and may have happened, Then a cancellation is refused too', async () => {
    await using bench = openBench();
    const world = createWorld();
    const P = withoutUndo(world, { run: lose });
    const saga = sagaOf([P], (it) => it.step(P, ''));
    const host = await bench.openHost([saga]);
    await host.run(saga, 'input');

    await expect(host.sagas.cancel('saga-1', BY)).rejects.toMatchObject({ code: 'past_pivot' });
  });
});
