import { describe, expect, test } from 'vitest';
import { openBench, settled } from '../test/bench.ts';
import { createWorld } from '../test/letters.ts';
import { createOnOutcome, notesOf } from '../test/notes.ts';
import { Refusal } from './index.ts';

const refuse = async () => {
  throw new Refusal('no');
};

describe('`onOutcome`', () => {
  test.each([
    ['completes', {}, 'completed'],
    ['fails at its first step', { A: { run: refuse } }, 'failed'],
    ['is rolled back', { B: { run: refuse } }, 'compensating'],
  ])('When a saga %s, Then it is called once, before the saga is undone', async (_what, overrides, outcome) => {
    await using bench = openBench();
    const world = createWorld();
    const saga = { ...world.letters('AB', overrides), onOutcome: createOnOutcome(0) };
    const host = await bench.openHost([saga]);

    const handle = await host.sagas.start(saga, { id: 'saga-1', input: 'input', secret: 'canary' });
    await settled(handle.outcome());
    expect(await notesOf(host.store)).toEqual([outcome]);
    await settled(handle.rested());

    expect(await notesOf(host.store)).toEqual([outcome]);
  });

  test('When a saga that has its outcome is cancelled, Then it is not called again', async () => {
    await using bench = openBench();
    const saga = { ...createWorld().letters('AB'), onOutcome: createOnOutcome(0) };
    const host = await bench.openHost([saga]);
    await host.run(saga, 'input');

    await settled(host.sagas.cancel('saga-1', { by: 'ops' }));
    await host.untilEnded();

    expect(await host.find()).toMatchObject({ status: 'cancelled' });
    expect(await notesOf(host.store)).toEqual(['completed']);
  });

  test('When a pending saga is cancelled, Then it is called once, in the transaction of the move', async () => {
    await using bench = openBench();
    const gate = Promise.withResolvers<void>();
    const letters = createWorld().letters('AB', { A: { run: () => gate.promise } });
    const saga = { ...letters, onOutcome: createOnOutcome(0) };
    const host = await bench.openHost([saga]);
    const handle = await host.sagas.start(saga, { id: 'saga-1', input: 'input', secret: 'canary' });

    await settled(host.sagas.cancel('saga-1', { by: 'ops' }));
    expect(await notesOf(host.store)).toEqual(['compensating']);
    gate.resolve();
    await host.untilEnded();

    expect(await settled(handle.outcome())).toMatchObject({ completed: false, failure: { code: 'cancelled' } });
    expect(await notesOf(host.store)).toEqual(['compensating']);
  });

  // Each time, the next run writes the outcome: it runs the last step again, whose end was part of the failed write. Of a
  // step that is refused then, nothing is known about the first run, so it is undone.
  test.each([
    [1, 'completed', 'completed', {}],
    [2, 'completed', 'completed', {}],
    [1, 'compensated', 'compensating', { A: { run: refuse } }],
  ])(
    'When it throws %i times, Then the outcome is rolled back each time and the saga ends %s',
    async (times, status, noted, overrides) => {
      await using bench = openBench();
      const saga = { ...createWorld().letters('A', overrides), onOutcome: createOnOutcome(times) };
      const host = await bench.openHost([saga], { recover: true });

      const handle = await host.sagas.start(saga, { id: 'saga-1', input: 'input', secret: 'canary' });

      expect(await settled(handle.outcome())).toMatchObject({ completed: status === 'completed' });
      await host.untilEnded();
      expect(await host.find()).toMatchObject({ status, dueAt: null });
      expect(await notesOf(host.store)).toEqual([noted]);
      expect(host.errors.map(({ error }) => (error as Error).message)).toEqual(Array(times).fill('the hook fails'));
    },
  );

  test('When it always throws, Then the record stays as it was, the runs did not finish, and the saga is stuck in the end', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = { ...world.letters('AB'), onOutcome: createOnOutcome(Number.POSITIVE_INFINITY) };
    const host = await bench.openHost([saga], { recover: true });
    const begun = Date.now();

    const handle = await host.sagas.start(saga, { id: 'saga-1', input: 'input', secret: 'canary' });
    const limit = new AbortController();
    const outcome = handle.outcome({ signal: limit.signal }).catch((error: unknown) => error);
    expect(await settled(handle.rested())).toMatchObject({
      status: 'pending',
      goal: 'complete',
      result: null,
      reschedules: 1,
      reason: { code: 'unexpected_error' },
      worker: null,
    });
    await host.untilStatus('stuck');

    expect(Date.now() - begun).toBeLessThan(40_000);
    expect(await host.find()).toMatchObject({ goal: 'complete', result: null, reason: { code: 'unexpected_error' } });
    expect(host.events.at(-1)).toMatchObject({ kind: 'saga', status: 'stuck' });
    expect(world.trail.filter((call) => call === 'A')).toHaveLength(1);
    expect(await notesOf(host.store)).toEqual([]);
    limit.abort();
    expect(await outcome).toMatchObject({ name: 'OutcomeUnknown', code: 'outcome_unknown' });
  });
});

describe('`onOutcome` on the way back', () => {
  test('When it throws for long, Then the saga is stuck meanwhile, and what was done is undone once it works', async () => {
    await using bench = openBench();
    const world = createWorld();
    const begun = Date.now();
    const onOutcome = async () => {
      if (Date.now() - begun < 40_000) throw new Error('the hook fails');
    };
    const saga = { ...world.letters('AB', { B: { run: refuse } }), onOutcome };
    const host = await bench.openHost([saga], { recover: true });
    await host.sagas.start(saga, { id: 'saga-1', input: 'input', secret: 'canary' });

    await host.untilStatus('stuck');
    expect(await host.find()).toMatchObject({ goal: 'complete', reason: { code: 'unexpected_error' } });
    expect(world.undone()).toEqual([]);
    await host.untilEnded();

    expect(await host.find()).toMatchObject({ status: 'compensated', reschedules: 0, reason: null });
    expect(world.undone().at(-1)).toBe('undo A');
    expect(world.effects).toEqual(new Set());
  });
});
