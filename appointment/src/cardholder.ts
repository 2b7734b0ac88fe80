import { PeerUnavailable } from '@appointments/chassis';
import { defineStep, Refusal, type Saga, type StepCall, StepFailed } from 'durable-saga';
import type { PaymentClient } from './clients/payment-client.ts';
import type { Settlement } from './clients/payment-replies.ts';

/** The event by which the payment service says that a payment is decided. */
export const PAYMENT_DECIDED = 'payment decided';

const FIRST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 60_000;

/**
 * How a booking waits for the cardholder to confirm the payment. The payment service sends a notice once it is decided;
 * it is asked as well, in growing intervals, in case the notice is lost.
 *
 * @param timeoutMs how long the cardholder has
 */
export function createCardholderWait(payments: PaymentClient, timeoutMs: number) {
  const askPayment = defineStep('ask payment', {
    // Nothing is lost with a payment service that does not respond: the booking goes on waiting.
    run: ({ id, signal }: StepCall<{ ask: number }>) => payments.findDecision(id, signal).catch(unlessUnavailable),
  });

  /**
   * @returns the settlement
   * @throws Refusal with status 402 where the payment is declined or voided, or the time is over
   */
  async function untilDecided(saga: Saga<string>): Promise<Settlement> {
    for (const [ask, timeout] of waits(timeoutMs).entries()) {
      const key = String(ask);
      await saga.waitFor(PAYMENT_DECIDED, { timeout, key }).catch(unlessTimedOut);
      const decided = await saga.step(askPayment, { ask }, { key });
      if (decided) return decided;
    }
    throw new Refusal('action_timed_out', { status: 402 });
  }

  return { askPayment, untilDecided };
}

/** The waits before each time that the payment service is asked, in milliseconds; together they take `totalMs`. */
function waits(totalMs: number): number[] {
  const list: number[] = [];
  for (let left = totalMs; left > 0; left -= list.at(-1) as number) {
    list.push(Math.min(left, LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** list.length));
  }
  return list;
}

function unlessUnavailable(error: unknown): null {
  if (error instanceof PeerUnavailable) return null;
  throw error;
}

function unlessTimedOut(error: unknown): void {
  if (!(error instanceof StepFailed && error.code === 'timed_out')) throw error;
}
