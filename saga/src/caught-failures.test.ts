import { describe, expect, test } from 'vitest';
import { type Host, openBench, until } from '../test/bench.ts';
import { createWorld, lettersBy } from '../test/letters.ts';
import { Unclear } from '../test/unclear.ts';
import { defineSaga, Refusal, StepFailed } from './index.ts';

const full = async () => {
  throw new Refusal('full', { left: 0 });
};

describe('what the function catches', () => {
  test('When the process dies after it, Then the next run throws the same to the function, and the step is not run again', async () => {
    await using bench = openBench();
    const world = createWorld();
    const caught: unknown[] = [];
    const broken = async () => {
      throw Object.assign(new Unclear(), { data: { at: 'the bank' } });
    };
    const define = (run: () => Promise<unknown>) => {
      const [a, b, c] = [world.step('A', { run: full }), world.step('B', { run: broken }), world.step('C', { run })];
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

    expect(await next.find()).toMatchObject({ status: 'completed', steps: [{ attempts: 1 }, { attempts: 1 }, {}] });
    expect(caught.slice(0, 2)).toEqual([
      { code: 'full', data: { left: 0 }, step: 'A', refused: true, failed: false },
      { code: 'unclear', data: { at: 'the bank' }, step: 'B', refused: false, failed: true },
    ]);
    expect(caught.slice(2)).toEqual(caught.slice(0, 2));
    expect(world.trail).toEqual(['undo B', 'C']);
  });

  test('When it dies after two have failed side by side, Then the function gets the one that came first', async () => {
    await using bench = openBench();
    const world = createWorld();
    const lose = async () => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      throw new Unclear();
    };
    const [A, B, C] = [world.step('A', { run: lose }), world.step('B', { run: full }), world.step('C')];
    let caught: string[] = [];
    const saga = defineSaga<string, string, string, never>('side by side', {
      steps: [A, B, C],
      async run(it) {
        await Promise.all([it.step(A, ''), it.step(B, '')]).catch(({ code }) => caught.push(code));
        await it.sleep('a while', '1s');
        await it.step(C, '');
        return 'done';
      },
    });
    const first = await bench.openHost([saga]);
    await first.run(saga, 'input');
    expect(await first.find()).toMatchObject({ status: 'waiting' });
    expect(caught).toEqual(['full']);
    first.kill();
    caught = [];

    const second = await bench.openHost([saga], { recover: true });
    await second.untilEnded();

    expect(await second.find()).toMatchObject({ status: 'completed' });
    expect(caught).toEqual(['full']);
    expect(world.trail).toEqual(['undo A', 'C']);
  });
});
