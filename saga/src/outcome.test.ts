import { describe, expect, test } from 'vitest';
import { openBench, settled, until } from '../test/bench.ts';
import { createWorld, lettersBy } from '../test/letters.ts';
import { Refusal } from './index.ts';

const START = { id: 'saga-1', input: 'paid', secret: 'canary' };
const refuse = async () => {
  throw new Refusal('no');
};

describe('an outcome', () => {
  test('When its write fails and another worker rolls the saga back, Then the caller is told what is on disk', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('AB');
    const host = await bench.openHost([saga]);
    const { transaction } = host.store;
    const b = Promise.withResolvers<string>();
    const gated = world.letters('AB', { B: { run: () => b.promise } });
    const handle = await host.sagas.start(gated, START);
    const outcome = handle.outcome();
    await until('B is under way', async () => (await host.find()).steps.length === 2);
    host.store.transaction = () => Promise.reject(new Error('disk full'));
    b.resolve('did B');
    const left = await settled(handle.rested());
    expect(left).toMatchObject({ status: 'pending', goal: 'complete', result: null });
    host.store.transaction = transaction;

    const other = await bench.openHost([world.letters('AB', { B: { run: refuse } })], { recover: true });
    await other.untilEnded();

    expect(await settled(outcome)).toMatchObject({
      completed: false,
      result: null,
      failure: { step: 'B', code: 'no' },
    });
    expect(await other.find()).toMatchObject({ status: 'compensated', result: null });
    expect(world.undone()).toEqual(['undo B', 'undo A']);
  });

  test('When it is told, Then it and what a move returns are what is on disk', async () => {
    await using bench = openBench();
    const world = createWorld();
    const saga = world.letters('AB', { A: { undo: async () => Promise.reject(new Refusal('cannot')) } });
    const host = await bench.openHost([saga]);
    const seen: unknown[] = [];
    const { transaction } = host.store;
    let failing = false;
    host.store.transaction = (work, options) =>
      failing ? Promise.reject(new Error('disk full')) : transaction(work, options);

    const handle = await host.sagas.start(saga, START);
    const { saga: completed } = await settled(handle.outcome());
    expect(await host.find()).toEqual(completed);
    failing = true;
    for (const move of ['cancel', 'pause', 'retry'] as const) {
      seen.push(await settled(host.sagas[move]('saga-1', { by: 'ops' }).catch((error: Error) => error.message)));
    }
    expect(seen).toEqual(['disk full', 'disk full', 'disk full']);
    expect(await host.find()).toEqual(completed);
    failing = false;
    const cancelled = await settled(host.sagas.cancel('saga-1', { by: 'ops' }));

    expect(cancelled).toMatchObject({ status: 'compensating', goal: 'cancel', history: [{ move: 'cancel' }] });
    await host.untilStatus('stuck');
    expect(completed.status).toBe('completed');
  });

  test('When a caller waits with a signal, Then it is told at once that the outcome is not known yet, and the saga goes on', async () => {
    await using bench = openBench();
    const gate = Promise.withResolvers<void>();
    const saga = createWorld().letters('A', { A: { run: () => gate.promise } });
    const host = await bench.openHost([saga]);
    const handle = await host.sagas.start(saga, START);
    const limit = new AbortController();
    const waiting = settled(handle.outcome({ signal: limit.signal }));
    limit.abort();

    await expect(waiting).rejects.toMatchObject({ name: 'OutcomeUnknown', code: 'outcome_unknown' });
    gate.resolve();

    expect(await settled(handle.outcome())).toMatchObject({ completed: true });
  });
});

describe('what the function gets', () => {
  test('When it changes its input and a result, Then neither the log nor an undo gets the change', async () => {
    await using bench = openBench();
    const world = createWorld();
    const undone: unknown[] = [];
    const seen: unknown[] = [];
    const pay = world.step('pay', {
      async run({ input }) {
        const bill = input as unknown as { fee: number };
        seen.push(bill.fee);
        bill.fee *= 2;
        return { paid: bill.fee };
      },
      async undo({ input, result }) {
        undone.push({ input, result });
      },
    });
    const fail = world.step('fail', { run: refuse });
    const saga = lettersBy([pay, fail], async (steps, input) => {
      const bill = input as unknown as { fee: number };
      bill.fee += 1;
      const paid = (await steps.step(pay, bill as never)) as { paid: number };
      paid.paid *= 2;
      bill.fee = 1_000;
      seen.push(paid.paid);
      await steps.step(fail, input);
    });
    const host = await bench.openHost([saga]);
    const input = { fee: 100 };

    const record = await host.run(saga, input as never);

    expect(seen).toEqual([101, 404]);
    expect(input).toEqual({ fee: 100 });
    expect(record).toMatchObject({
      status: 'compensated',
      input: { fee: 100 },
      steps: [{ input: { fee: 101 }, result: { paid: 202 } }, {}],
    });
    expect(undone).toEqual([{ input: { fee: 101 }, result: { paid: 202 } }]);
  });

  test('When a retry follows, Then it gets the input as it was', async () => {
    await using bench = openBench();
    const seen: unknown[] = [];
    const saga = createWorld().letters('A', {
      A: {
        async run({ input, attempt }) {
          const list = input as unknown as string[];
          seen.push([...list]);
          list.push('changed');
          if (attempt === 1) throw new Error('once');
          return list;
        },
      },
    });
    const host = await bench.openHost([saga]);

    expect(await host.run(saga, ['one'] as never)).toMatchObject({ input: ['one'], steps: [{ input: ['one'] }] });
    expect(seen).toEqual([['one'], ['one']]);
  });
});
