import { PeerUnavailable } from '@appointments/chassis';
import { defineStep, Refusal, type Saga, type StepCall, StepFailed } from 'durable-saga';
import type { PaymentClient } from './clients/payment-client.ts';
import type { Settlement } from './clients/payment-replies.ts';

/** The event by which the payment service says that a payment is decided. */
export const PAYMENT_DECIDED = 'payment decided';

const FIRST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 60_000;

export interface CardholderWaitOptions {
  /** How long the cardholder has, in milliseconds. */
  timeoutMs: number;
  /** How long the payment service may take for saying what it knows, in milliseconds: less than a run has. */
  askMs: number;
  /** Tells whoever wants to know that the booking waits; harmless when done twice. */
  announce(bookingId: string): Promise<null>;
}

/**
 * How a booking waits for the cardholder to confirm the payment. The payment service sends a notice once it is decided;
 * it is asked as well, in growing intervals, in case the notice is lost.
 */
export function createCardholderWait(payments: PaymentClient, { timeoutMs, askMs, announce }: CardholderWaitOptions) {
  const announceAction = defineStep('announce action', { run: ({ id }: StepCall<null>) => announce(id) });

  const askPayment = defineStep('ask payment', {
    // Nothing is lost with a payment service that does not respond: the booking goes on waiting.
    run: ({ id, signal }: StepCall<null>) =>
      payments.findDecision(id, AbortSignal.any([signal, AbortSignal.timeout(askMs)])).catch(unlessUnavailable),
  });

  /**
   * @returns the settlement
   * @throws Refusal with status 402 where the payment is declined or voided, or the time is over
   */
  async function untilDecided(saga: Saga<string>): Promise<Settlement> {
    await saga.step(announceAction, null);
    const waits = waitsBetweenAsks(timeoutMs).values();
    let timeout = waits.next().value;
    for (let ask = 0; timeout !== undefined; ask += 1) {
      const key = String(ask);
      const isTold = await saga.waitFor(PAYMENT_DECIDED, { timeout, key }).then(() => true, falseIfTimedOut);
      const decided = await saga.step(askPayment, null, { key });
      if (decided) return decided;
      // A notice that came too early takes no time from the cardholder.
      if (!isTold) timeout = waits.next().value;
    }
    throw new Refusal('action_timed_out', { status: 402 });
  }

  return { waitingSteps: [announceAction, askPayment], untilDecided };
}

/** Growing waits that take `totalMs` together. */
function waitsBetweenAsks(totalMs: number): number[] {
  const waits: number[] = [];
  for (let left = totalMs; left > 0; left -= waits.at(-1) as number) {
    waits.push(Math.min(left, LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** waits.length));
  }
  return waits;
}

function unlessUnavailable(error: unknown): null {
  if (error instanceof PeerUnavailable) return null;
  throw error;
}

function falseIfTimedOut(error: unknown): false {
  if (error instanceof StepFailed && error.code === 'timed_out') return false;
  throw error;
}
