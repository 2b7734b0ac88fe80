import { describe, expect, test } from 'vitest';
import { forever, openBench, settled, until } from '../test/bench.ts';
import { createWorld, type LetterStep } from '../test/letters.ts';
import { Unclear } from '../test/unclear.ts';
import { defineSaga, Refusal, type Saga, type StepCall } from './index.ts';

const refuse = async () => {
  throw new Refusal('no_room');
};
const after = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

function sagaOf(steps: LetterStep[], run: (saga: Saga) => Promise<unknown>) {
  return defineSaga<string, string, string, never>('side by side', {
    steps,
    run: async (saga) => {
      await run(saga);
      return 'done';
    },
  });
}

describe('a failure that nothing catches', () => {
  test('When its undo takes long, Then the outcome does not wait for that', async () => {
    await using bench = openBench();
    const world = createWorld();
    const lose = async () => {
      throw new Unclear();
    };
    const [A, B] = [world.step('A'), world.step('B', { run: lose, undo: () => forever })];
    const saga = sagaOf([A, B], (it) => Promise.all([it.step(A, ''), it.step(B, '')]));
    const host = await bench.openHost([saga]);

    const handle = await host.sagas.start(saga, { id: 'saga-1', input: 'input' });

    expect(await settled(handle.outcome())).toMatchObject({ completed: false, failure: { step: 'B' } });
    expect((await host.find()).status).toBe('compensating');
  });

  test('When other steps are running, Then the outcome is on disk at once and they are told to end', async () => {
    await using bench = openBench();
    const world = createWorld();
    let signal: AbortSignal | undefined;
    const keepOn = (call: StepCall<string>) => {
      signal = call.signal;
      return forever;
    };
    const [A, B] = [world.step('A', { run: keepOn }), world.step('B', { run: refuse })];
    const saga = sagaOf([A, B], (it) => Promise.all([it.step(A, ''), it.step(B, '')]));
    const host = await bench.openHost([saga]);
    const handle = await host.sagas.start(saga, { id: 'saga-1', input: 'input' });
    const begun = Date.now();

    const { completed, saga: record } = await settled(handle.outcome());

    expect(Date.now() - begun).toBeLessThan(200);
    expect(completed).toBe(false);
    expect(record.steps[0]).toMatchObject({ name: 'A', undo: { status: 'pending' } });
    expect((await host.find()).status).toBe('compensating');
    const { steps } = await settled(handle.rested());
    expect(signal?.aborted).toBe(true);
    expect(steps[0]).toMatchObject({ status: 'unknown', code: 'ended' });
  });

  test('When its write takes long, Then other steps are told to end before it is on disk', async () => {
    await using bench = openBench();
    const world = createWorld();
    const gate = Promise.withResolvers<void>();
    let signal: AbortSignal | undefined;
    const keepOn = (call: StepCall<string>) => {
      signal = call.signal;
      return forever;
    };
    const [A, B] = [world.step('A', { run: keepOn }), world.step('B', { run: () => gate.promise.then(refuse) })];
    const saga = sagaOf([A, B], (it) => Promise.all([it.step(A, ''), it.step(B, '')]));
    const host = await bench.openHost([saga]);
    const handle = await host.sagas.start(saga, { id: 'saga-1', input: 'input' });
    const { transaction } = host.store;
    const back = Promise.withResolvers<void>();
    host.store.transaction = (work, options) => back.promise.then(() => transaction(work, options));
    gate.resolve();

    // Long before the attempt's own limit.
    await until('A is told to end', () => signal?.aborted, 5_000);

    expect(await host.find()).toMatchObject({ status: 'pending', goal: 'complete' });
    back.resolve();
    expect(await settled(handle.rested())).toMatchObject({ status: 'compensated', failure: { step: 'B' } });
  });

  test('When a caught failure is being undone, Then no undo begins beside the step that is still running', async () => {
    await using bench = openBench();
    const world = createWorld();
    const calls = new Set<string>();
    const beside: string[] = [];
    const during = (name: string, ms: number) => async () => {
      if (calls.size > 0 && name.startsWith('undo')) beside.push(`${name} beside ${[...calls]}`);
      if (!name.startsWith('undo')) calls.add(name);
      await after(ms);
      calls.delete(name);
    };
    const lose = async () => {
      throw new Unclear();
    };
    const [A, B] = ['A', 'B'].map((name) => world.step(name, { run: lose, undo: during(`undo ${name}`, 100) }));
    const [C, D, E] = [world.step('C', { run: during('C', 400) }), world.step('D'), world.step('E')];
    const steps = [A, B, C, D, { ...E, run: () => after(100).then(refuse) }] as LetterStep[];
    const saga = sagaOf(steps, async (it) => {
      const [a, b, c, d, e] = steps as [LetterStep, LetterStep, LetterStep, LetterStep, LetterStep];
      const caught = Promise.allSettled([it.step(a, ''), it.step(b, '')]).then(() => it.step(d, ''));
      await Promise.all([caught, it.step(c, ''), it.step(e, '')]);
    });
    const host = await bench.openHost([saga]);

    expect(await host.run(saga, 'input')).toMatchObject({ status: 'compensated', failure: { step: 'E' } });

    // One undo had begun when E was refused; the others waited for C.
    expect(beside).toEqual(['undo B beside C']);
  });

  test('When the others end late, Then compensation waits for them and goes in reverse order of beginning', async () => {
    await using bench = openBench();
    const world = createWorld();
    const late = (name: string, ms: number) =>
      world.step(name, { run: () => after(ms).then(() => world.perform(name)) });
    const steps = [late('A', 600), late('B', 300), world.step('C', { run: refuse }), late('D', 500)];
    const saga = sagaOf(steps, (it) => Promise.all(steps.map((step) => it.step(step, ''))));
    const host = await bench.openHost([saga]);

    expect(await host.run(saga, 'input')).toMatchObject({ status: 'compensated' });

    expect(world.trail).toEqual(['B', 'D', 'A', 'undo D', 'undo B', 'undo A']);
  });

  test('When undos take long, Then one is over before the next one begins', async () => {
    await using bench = openBench();
    const world = createWorld();
    let running = 0;
    let most = 0;
    const undo = async () => {
      running += 1;
      most = Math.max(most, running);
      await after(100);
      running -= 1;
    };
    const steps = [...'ABC'].map((name) => world.step(name, { undo }));
    const last = world.step('D', { run: refuse });
    const saga = sagaOf([...steps, last], async (it) => {
      await Promise.all(steps.map((step) => it.step(step, '')));
      await it.step(last, '');
    });
    const host = await bench.openHost([saga]);

    expect(await host.run(saga, 'input')).toMatchObject({ status: 'compensated' });

    expect(most).toBe(1);
  });
});
