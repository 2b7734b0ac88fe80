import { describe, expect, test } from 'vitest';
import { openBench, until } from '../test/bench.ts';
import { createWorld, failingFirst, lettersBy } from '../test/letters.ts';
import { Unclear } from '../test/unclear.ts';
import { Refusal } from './index.ts';

const bug = () => new TypeError("cannot read properties of undefined (reading 'fee')");

describe('an error that nothing foresaw', () => {
  test('When a step throws it, Then it is reported and logged with stack, saga, step and attempt, each time', async () => {
    await using bench = openBench();
    const saga = createWorld().letters('A', { A: { run: failingFirst(2, async () => 'at last', bug) } });
    const host = await bench.openHost([saga]);

    const record = await host.run(saga, 'input');

    expect(record.steps[0]?.failures.map(({ code }) => code)).toEqual(['unexpected_error', 'unexpected_error']);
    expect(host.errors.map(({ origin }) => origin)).toEqual([
      { saga: 'saga-1', name: 'letters', step: 'A', attempt: 1 },
      { saga: 'saga-1', name: 'letters', step: 'A', attempt: 2 },
    ]);
    expect(host.errors[0]?.error).toBeInstanceOf(TypeError);
    const [line = ''] = host.lines.filter((text) => text.includes('unexpected error'));
    expect(JSON.parse(line)).toMatchObject({ level: 'error', saga: 'saga-1', name: 'letters', step: 'A', attempt: 1 });
    expect(line).toContain("TypeError: cannot read properties of undefined (reading 'fee')");
    expect(line).toContain('reported-errors.test.ts');
  });

  test('When an undo throws it, Then it is reported as that of the undo', async () => {
    await using bench = openBench();
    const world = createWorld();
    const undo = failingFirst(1, async () => world.undo('A'), bug);
    const saga = world.letters('AB', { A: { undo }, B: { run: async () => Promise.reject(new Refusal('no')) } });
    const host = await bench.openHost([saga]);

    expect(await host.run(saga, 'input')).toMatchObject({ status: 'compensated' });
    expect(host.errors).toMatchObject([
      { error: { name: 'TypeError' }, origin: { saga: 'saga-1', step: 'undo A', attempt: 1 } },
    ]);
  });

  test('When the function throws it, Then it is reported once, with the saga', async () => {
    await using bench = openBench();
    const world = createWorld();
    const a = world.step('A');
    const saga = lettersBy([a], async (steps, input) => {
      await steps.step(a, input);
      throw bug();
    });
    const host = await bench.openHost([saga]);

    expect(await host.run(saga, 'input')).toMatchObject({
      status: 'compensated',
      failure: { step: null, code: 'unexpected_error' },
    });
    expect(host.errors).toMatchObject([{ error: { name: 'TypeError' }, origin: { saga: 'saga-1' } }]);
  });

  test('When a step throws it and the function passes it on, Then it is reported once', async () => {
    await using bench = openBench();
    const saga = createWorld().letters('A', { A: { run: async () => Promise.reject(bug()) } }, { deadlineMs: 10 });
    const host = await bench.openHost([saga]);

    expect(await host.run(saga, 'input')).toMatchObject({ failure: { step: 'A', code: 'unexpected_error' } });
    expect(host.errors).toHaveLength(1);
  });

  test('When the one who is told throws as well, Then the saga does not mind', async () => {
    await using bench = openBench();
    const saga = createWorld().letters('A', { A: { run: failingFirst(1, async () => 'at last', bug) } });
    const onError = () => {
      throw new Error('a bug in the reporter');
    };
    const host = await bench.openHost([saga], { onError });

    expect(await host.run(saga, 'input')).toMatchObject({ status: 'completed' });
    expect(host.lines.join('\n')).toContain('reporting an error failed');
  });
});

describe('an error that a step foresaw', () => {
  test('When it is thrown, Then it is not reported, and its code and data are kept, its message is not', async () => {
    await using bench = openBench();
    const refuse = async () => {
      throw Object.assign(new Unclear('card 4000 declined'), { data: { left: 0 } });
    };
    const saga = createWorld().letters('AB', { B: { run: refuse } });
    const host = await bench.openHost([saga]);

    expect(await host.run(saga, 'input')).toMatchObject({ failure: { step: 'B', code: 'unclear', data: { left: 0 } } });
    expect(host.errors).toEqual([]);
    expect(await bench.stored()).not.toContain('4000');
    expect(host.lines.join('\n')).not.toContain('4000');
  });
});

describe('a saga that is stuck', () => {
  test('When a run that claimed it does not finish, Then its log line names the saga and the reason, which the record keeps', async () => {
    await using bench = openBench();
    const world = createWorld();
    const dying = world.letters('AB', { B: { run: () => host.kill() } });
    const host = await bench.openHost([dying]);
    void host.sagas.start(dying, { id: 'saga-1', input: 'input', secret: 'canary' });
    await until('it is in B', async () => (await host.sagas.find('saga-1'))?.steps[1]?.status === 'running');
    const next = await bench.openHost([world.letters('A')], { recover: true });

    await next.untilStatus('stuck');

    const [line = ''] = next.lines.filter((text) => text.includes('saga stuck'));
    expect(JSON.parse(line)).toMatchObject({ level: 'warn', saga: 'saga-1', status: 'stuck', code: 'step_unknown' });
    expect((await next.find()).reason).toEqual({ code: 'step_unknown', step: 'B' });
  });
});
