import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { openBench } from '../test/bench.ts';
import { Unclear } from '../test/unclear.ts';
import { defineSaga, Refusal, Volatile } from './index.ts';

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

  test('When it is lost, Then asking for it is a refusal', () => {
    expect(() => Volatile.lost().value).toThrow(new Refusal('volatile_lost'));
  });

  test('When a saga uses, returns and fails with it, Then neither the store nor the log lines hold it', async () => {
    await using bench = openBench();
    const saga = defineSaga('secretive', async (steps, _input: string, secret: Volatile<string>) => {
      await steps.step('A', { run: async () => ({ length: secret.value.length, secret }), undo: async () => {} });
      await steps.step('B', {
        run: async () => Promise.reject(new Unclear(`declined: ${secret.value}`)),
        undo: async () => {},
      });
    });
    const host = await bench.openHost([saga]);
    const { ended } = await host.runner.start(saga, 'saga-1', 'input', { secret: CANARY });

    const record = await ended;

    expect(record).toMatchObject({ status: 'compensated', steps: [{ result: { length: CANARY.length } }, {}] });
    const stored = await bench.stored();
    expect(stored).toContain('secretive');
    expect(stored).not.toContain(CANARY);
    expect(host.lines.join('\n')).toContain('compensated');
    expect(host.lines.join('\n')).not.toContain(CANARY);
  });
});
