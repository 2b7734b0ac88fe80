import { describe, expect, test } from 'vitest';
import { type Host, openBench, settled, until } from '../test/bench.ts';
import { createWorld, lettersBy } from '../test/letters.ts';
import { Unclear } from '../test/unclear.ts';
import { Refusal, refused, StepFailed } from './index.ts';

const lose = async () => {
  throw new Unclear('the response is lost');
};
const refuse = async () => {
  throw new Refusal('full', { left: 0 });
};

describe('a failure that the function catches', () => {
  test('When a step is refused and an alternative follows, Then the saga completes with the alternative', async () => {
    await using bench = openBench();
    const world = createWorld();
    const [a, b, c] = [world.step('A'), world.step('B', { run: refuse }), world.step('C')];
    const saga = lettersBy([a, b, c], async (steps, input) => {
      await steps.step(a, input);
      return steps.step(b, input).catch(refused('full', () => steps.step(c, input)));
    });
    const host = await bench.openHost([saga]);

    const record = await host.run(saga, 'input');

    expect(record).toMatchObject({ status: 'completed', result: 'did C', failure: null });
    expect(record.steps.map(({ status }) => status)).toEqual(['done', 'failed', 'done']);
    expect(world.trail).toEqual(['A', 'C']);
  });

  test('When the step may have had its effect, Then it is undone, durably, before the next step begins', async () => {
    await using bench = openBench();
    const world = createWorld();
    const seen: unknown[] = [];
    const b = world.step('B', {
      async run() {
        world.perform('B');
        return lose();
      },
    });
    const c = world.step('C', {
      async run() {
        seen.push((await host.find()).steps.map(({ name, status, undo }) => [name, status, undo?.status]));
        return world.perform('C');
      },
    });
    const saga = lettersBy([b, c], async (steps, input) => {
      try {
        return await steps.step(b, input);
      } catch {
        return steps.step(c, input);
      }
    });
    const host = await bench.openHost([saga]);

    expect(await host.run(saga, 'input')).toMatchObject({ status: 'completed', result: 'did C' });

    expect(seen).toEqual([
      [
        ['B', 'unknown', 'done'],
        ['C', 'running', 'registered'],
      ],
    ]);
    expect(world.trail).toEqual(['B', 'undo B', 'C']);
  });

  test('When the function swallows it and goes on, Then later steps run and the failed one leaves nothing behind', async () => {
    await using bench = openBench();
    const world = createWorld();
    const steps = [world.step('A'), world.step('B', { run: lose }), world.step('C')];
    const saga = lettersBy(steps, async (run, input) => {
      for (const step of steps) await run.step(step, input).catch(() => {});
      return 'all well';
    });
    const host = await bench.openHost([saga]);

    const record = await host.run(saga, 'input');

    expect(record).toMatchObject({ status: 'completed', result: 'all well', failure: null });
    expect(world.trail).toEqual(['A', 'undo B', 'C']);
  });

  test('When the function ends right after it, Then the failed step is undone before the saga completes', async () => {
    await using bench = openBench();
    const world = createWorld();
    const undos: unknown[] = [];
    const b = world.step('B', { run: lose, undo: async () => void undos.push((await host.find()).status) });
    const saga = lettersBy([b], async (steps, input) => {
      await steps.step(b, input).catch(() => {});
    });
    const host = await bench.openHost([saga]);

    expect(await host.run(saga, 'input')).toMatchObject({ status: 'completed', steps: [{ undo: { status: 'done' } }] });
    expect(undos).toEqual(['pending']);
  });

  test('When the process dies after it, Then the next run throws the same error to the function', async () => {
    await using bench = openBench();
    const world = createWorld();
    const caught: unknown[] = [];
    const define = (run: () => Promise<unknown>) => {
      const [a, b, c] = [world.step('A', { run: refuse }), world.step('B', { run: lose }), world.step('C', { run })];
      const note = (error: unknown) => {
        const { code, data, step } = error as Refusal;
        caught.push({ code, data, step, refused: error instanceof Refusal, failed: error instanceof StepFailed });
      };
      return lettersBy([a, b, c], async (steps, input) => {
        await steps.step(a, input).catch(note);
        await steps.step(b, input).catch(note);
        return steps.step(c, input);
      });
    };
    const dying = define(() => host.kill());
    const host: Host = await bench.openHost([dying]);
    void host.sagas.start(dying, { id: 'saga-1', input: 'input', secret: 'canary' });
    await until('C is under way', async () => (await host.sagas.find('saga-1'))?.steps.length === 3);

    const next = await bench.openHost([define(async () => world.perform('C'))], { recover: true });
    await next.untilEnded();

    expect(await next.find()).toMatchObject({ status: 'completed', result: 'did C' });
    expect(caught.slice(0, 2)).toEqual([
      { code: 'full', data: { left: 0 }, step: 'A', refused: true, failed: false },
      { code: 'unclear', data: null, step: 'B', refused: false, failed: true },
    ]);
    expect(caught.slice(2)).toEqual(caught.slice(0, 2));
    expect(world.trail).toEqual(['undo B', 'C']);
  });

  test('When the alternative fails as well, Then all is undone, what was undone before not again', async () => {
    await using bench = openBench();
    const world = createWorld();
    const [a, b, c] = [world.step('A'), world.step('B', { run: lose }), world.step('C', { run: lose })];
    const saga = lettersBy([a, b, c], async (steps, input) => {
      await steps.step(a, input);
      return steps.step(b, input).catch(() => steps.step(c, input));
    });
    const host = await bench.openHost([saga]);

    expect(await host.run(saga, 'input')).toMatchObject({ status: 'compensated', failure: { step: 'C' } });
    expect(world.undone()).toEqual(['undo B', 'undo C', 'undo A']);
  });
});

describe('a failure that is not caught', () => {
  test('When its undo is slow, Then the outcome does not wait for it', async () => {
    await using bench = openBench();
    const world = createWorld();
    const gate = Promise.withResolvers<void>();
    const saga = world.letters('AB', { B: { run: lose, undo: () => gate.promise } });
    const host = await bench.openHost([saga]);

    const handle = await host.sagas.start(saga, { id: 'saga-1', input: 'input', secret: 'canary' });
    expect(await settled(handle.outcome())).toMatchObject({ completed: false, failure: { step: 'B' } });
    expect(await host.find()).toMatchObject({ status: 'compensating' });
    gate.resolve();

    expect(await settled(handle.rested())).toMatchObject({ status: 'compensated' });
  });
});
