import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { openBench, settled } from '../test/bench.ts';
import { createWorld, lettersBy } from '../test/letters.ts';
import { Unclear } from '../test/unclear.ts';
import { Refusal, Volatile } from './index.ts';

const CANARY = '4000-0012-3456-7899';

describe('a volatile value', () => {
  test('When it is printed or serialised, Then it does not show', () => {
    const secret = Volatile.of(CANARY);
    const shown = [
      JSON.stringify({ secret }),
      inspect({ secret }, { showHidden: true, depth: null }),
      String(secret),
      JSON.stringify(structuredClone({ ...secret })),
      inspect(Object.getOwnPropertyDescriptors(secret)),
    ];

    expect(secret.value).toBe(CANARY);
    expect(shown.join('\n')).not.toContain(CANARY);
  });

  test('When it is lost or cleared, Then reading it is a refusal', () => {
    const cleared = Volatile.of(CANARY);
    cleared.clear();

    expect(() => Volatile.lost().value).toThrow(new Refusal('secret_lost'));
    expect(() => cleared.value).toThrow(new Refusal('secret_lost'));
  });

  test('When a saga uses it and fails with it, Then neither the store nor the log lines hold it', async () => {
    await using bench = openBench();
    const { letters } = createWorld();
    const saga = letters('AB', {
      A: { run: async ({ secret }) => ({ length: secret.value.length }) },
      B: { run: async ({ secret }) => Promise.reject(new Unclear(`declined: ${secret.value}`)) },
    });
    const host = await bench.openHost([saga]);
    const handle = await host.sagas.start(saga, { id: 'saga-1', input: 'input', secret: CANARY });

    const record = await settled(handle.rested());

    expect(record).toMatchObject({ status: 'compensated', steps: [{ result: { length: CANARY.length } }, {}] });
    const stored = await bench.stored();
    expect(stored).toContain('letters');
    expect(stored).not.toContain(CANARY);
    expect(host.lines.join('\n')).toContain('compensated');
    expect(host.lines.join('\n')).not.toContain(CANARY);
  });

  test('When a result holds it, Then that is refused by name and path', async () => {
    await using bench = openBench();
    const saga = createWorld().letters('A', { A: { run: async ({ secret }) => ({ deep: [{ card: secret }] }) } });
    const host = await bench.openHost([saga]);

    const record = await host.run(saga, 'input');

    expect(record).toMatchObject({ status: 'compensated', failure: { step: 'A', code: 'secret_in_log' } });
    const message = 'letters, step A, result.deep[0].card is a secret, which the log never holds';
    expect(host.errors).toMatchObject([{ error: { message }, origin: { saga: 'saga-1', step: 'A' } }]);
    expect(await bench.stored()).not.toContain('canary');
  });

  test('When an input holds it, Then that is refused by name and path', async () => {
    await using bench = openBench();
    const world = createWorld();
    let held: unknown;
    const a = world.step('A', {
      async run({ secret }) {
        held = secret;
      },
    });
    const b = world.step('B');
    const saga = lettersBy([a, b], async (steps, input) => {
      await steps.step(a, input);
      await steps.step(b, { deep: [{ card: held }] } as never);
    });
    const host = await bench.openHost([saga]);

    const record = await host.run(saga, 'input');

    expect(record).toMatchObject({ status: 'compensated', failure: { code: 'secret_in_log' } });
    const message = 'letters, step B, input.deep[0].card is a secret, which the log never holds';
    expect(host.errors).toMatchObject([{ error: { message }, origin: { saga: 'saga-1' } }]);
    expect(world.trail).toEqual(['undo A']);
    expect(await bench.stored()).not.toContain('canary');
  });
});
