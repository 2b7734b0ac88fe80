import { problemOf, waitOrAsk } from '@appointments/chassis';
import { defineSaga, defineStep, type StepCall } from 'durable-saga';
import type { PaymentGateway } from '../gateway.ts';
import { isBeingReversed } from '../payment-status.ts';
import { getPayment, type PaymentDatabase, updatePayment } from '../payment-store.ts';
import type { RecordResult } from '../record-result.ts';
import type { Reversals } from '../reversal.ts';
import type { Notify } from './notices.ts';

/** The event by which the saga learns that the gateway has decided. */
export const CHARGE_DECIDED = 'charge decided';

/** The name of these sagas in the saga log. */
export const AWAIT_DECISION_SAGA = 'await-decision';

export interface AwaitDecisionDependencies {
  database: PaymentDatabase;
  gateway: PaymentGateway;
  reversals: Reversals;
  recordResult: RecordResult;
  notify: Notify;
  now: () => number;
}

/**
 * Waits until a payment is decided, by its cardholder or by a gateway that takes its time, then notifies the caller that made it. What nobody
 * decides in time is voided. The saga's id is the payment's reference.
 */
export function createAwaitDecision(dependencies: AwaitDecisionDependencies) {
  const { database, gateway, reversals, recordResult, notify, now } = dependencies;

  /** Whether the payment is decided by now, in the ledger or at the gateway. */
  async function isDecided(reference: string): Promise<boolean> {
    if ((await getPayment(database.read, reference)).status !== 'pending') return true;
    const decision = await gateway.find(reference);
    if (!decision) return false;
    await database.transaction((tables) => recordResult(tables, reference, decision), {
      subject: reference,
      repeatable: true,
    });
    return true;
  }

  const ask = defineStep('ask gateway', {
    // A gateway, or a store, that does not respond is asked again after the next wait.
    run: ({ id }: StepCall<null>) => isDecided(id).catch(falseIfUnavailable),
  });

  const voidUndecided = defineStep('void undecided', {
    // From here on the payment is decided, and only the notice is left, which is retried until it arrives.
    pivot: true,
    async run({ id }: StepCall<null>) {
      const closed = await database.transaction(
        async (tables) => {
          const payment = await getPayment(tables, id);
          if (payment.status !== 'pending') return payment;
          return updatePayment(tables, payment, { status: 'voiding', updated_at: now() });
        },
        { subject: id, repeatable: true },
      );
      // What is begun here and fails is finished with the other reversals.
      if (isBeingReversed(closed)) await reversals.finish(closed).catch(falseIfUnavailable);
      return null;
    },
  });

  const sendNotice = defineStep('notify', {
    async run({ id, signal }: StepCall<null>) {
      await notify(await getPayment(database.read, id), signal);
      return null;
    },
  });

  return defineSaga(AWAIT_DECISION_SAGA, {
    steps: [ask, voidUndecided, sendNotice],
    retention: '30d',
    async run(saga, { timeoutMs }: { timeoutMs: number }) {
      await waitOrAsk(saga, {
        event: CHARGE_DECIDED,
        timeoutMs,
        ask: async (key) => (await saga.step(ask, null, { key })) || null,
      });
      await saga.step(voidUndecided, null);
      await saga.step(sendNotice, null);
    },
  });
}

function falseIfUnavailable(error: unknown): false {
  if (problemOf(error)?.status === 503) return false;
  throw error;
}
