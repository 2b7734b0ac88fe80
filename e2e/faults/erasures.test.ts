import { describe, expect, test } from 'vitest';
import { BACKEND_NAMES } from '../../services.ts';
import { createClientLedger } from '../src/faults/client-ledger.ts';
import { bookForPatient, eraseName, storesWithName, untilErased } from '../src/faults/erasures.ts';
import { startFailingReceiver } from '../src/faults/failing-receiver.ts';
import { createFaultStack } from '../src/faults/fault-stack.ts';
import { report } from '../src/faults/report.ts';
import { expectRecovered } from '../src/faults/verdict.ts';

const POST = { method: 'POST' } as const;
const ROUND = { appointment: 4, reservation: 3, payment: 3 };
// More than there are: a round in which nobody is killed any more ends the test.
const MOST_WRITES = 60;

/** A stack that tells a receiver of its bookings; the orchestrator does not run yet. */
async function openStack() {
  await using opened = new AsyncDisposableStack();
  const receiver = opened.use(await startFailingReceiver({ failures: 0 }));
  const stack = opened.use(await createFaultStack({ env: receiver.env }));
  await Promise.all(BACKEND_NAMES.map((name) => stack.start(name)));
  const owned = opened.move();
  return { receiver, stack, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

describe.concurrent('When a patient is erased', () => {
  test.each(['before', 'after'] as const)(
    'and the orchestrator is killed %s each of its writes, Then no store is forgotten and no byte is left',
    async (when) => {
      await using opened = await openStack();
      const { stack, receiver } = opened;
      let erasures = 0;
      let nth = 1;
      for (let killed = true; killed; nth += 1) {
        expect(nth).toBeLessThan(MOST_WRITES);
        await stack.start('appointment', { strike: { when, nth, ...POST } });
        await bookForPatient(stack, receiver, nth);
        const named = storesWithName(stack);
        expect(named).toEqual(expect.arrayContaining(['reservation', 'appointment']));
        // It keeps what is made of the name, not the name.
        expect(named).not.toContain('payment');
        killed = (await eraseName(stack, { strike: true })) === undefined;
        if (killed) {
          await stack.exited('appointment');
          await stack.start('appointment');
        }
        // What was not written was not accepted either: its operator asks again.
        if (when === 'before' && nth === 1) expect(await eraseName(stack)).toBe(200);
        const done = await untilErased(stack);
        erasures += 1;
        expect(done).toHaveLength(erasures);
        expect(done[0]).toMatchObject({ erased: ROUND, remaining: 0 });
        expect(storesWithName(stack), `killed ${when} write ${nth}`).toEqual([]);
        await expectRecovered(stack.addresses, createClientLedger());
        await stack.kill('appointment');
      }
      report(`erasure: the orchestrator killed ${when} each of ${nth - 2} writes`);
    },
  );

  test.each(BACKEND_NAMES)('and %s is killed, Then it is erased there once it is back', async (name) => {
    await using opened = await openStack();
    const { stack, receiver } = opened;
    await stack.start('appointment');
    for (const [round, when] of (['before', 'after'] as const).entries()) {
      await bookForPatient(stack, receiver, round);
      await stack.kill(name);
      await stack.start(name, { strike: { when, nth: 1, ...POST } });
      const asked = eraseName(stack, { strike: true });
      expect(await stack.exited(name), 'killed').toBeNull();
      await stack.start(name);
      expect([200, 202]).toContain(await asked);

      const [erasure] = await untilErased(stack);
      expect(erasure).toMatchObject({ erased: ROUND, remaining: 0 });
      expect(storesWithName(stack)).toEqual([]);
    }
    await expectRecovered(stack.addresses, createClientLedger());
  });
});
