import { PeerUnavailable, waitOrAsk } from '@appointments/chassis';
import { defineStep, Refusal, type Saga, type StepCall } from 'durable-saga';
import type { PaymentClient } from './clients/payment-client.ts';
import type { Settlement } from './clients/payment-replies.ts';

/** The event by which the payment service says that a payment is decided. */
export const PAYMENT_DECIDED = 'payment decided';

export interface CardholderWaitOptions {
  /** How long the cardholder has, in milliseconds. */
  timeoutMs: number;
  /** How long the payment service may take for saying what it knows, in milliseconds: less than a run has. */
  askMs: number;
  /** Begins the deliveries of the webhook `booking.requires_action`; idempotent. */
  announce(bookingId: string): Promise<null>;
}

/** How a booking waits for the cardholder to confirm the payment, and for the payment service to say so. */
export function createCardholderWait(payments: PaymentClient, { timeoutMs, askMs, announce }: CardholderWaitOptions) {
  const announceAction = defineStep('announce action', { run: ({ id }: StepCall<null>) => announce(id) });

  const askPayment = defineStep('ask payment', {
    // Nothing is lost with a payment service that does not respond: the booking goes on waiting.
    run: async ({ id, signal }: StepCall<null>) => {
      const patience = AbortSignal.any([signal, AbortSignal.timeout(askMs)]);
      return (await payments.findDecision(id, patience).catch(unlessUnavailable)) ?? null;
    },
  });

  /**
   * @returns the settlement
   * @throws Refusal with status 402 where the payment is declined or voided, or the time is over
   */
  async function untilDecided(saga: Saga<string>): Promise<Settlement> {
    await saga.step(announceAction, null);
    const ask = (key: string) => saga.step(askPayment, null, { key });
    const decided = await waitOrAsk(saga, { event: PAYMENT_DECIDED, timeoutMs, ask });
    if (!decided) throw new Refusal('action_timed_out', { status: 402 });
    return decided;
  }

  return { waitingSteps: [announceAction, askPayment], untilDecided };
}

function unlessUnavailable(error: unknown): null {
  if (error instanceof PeerUnavailable) return null;
  throw error;
}
