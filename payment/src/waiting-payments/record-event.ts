import type { ChargeDecision } from '../gateway.ts';
import { findPayment, type PaymentDatabase } from '../payment-store.ts';
import { paymentNotFound } from '../problems.ts';
import type { RecordResult } from '../record-result.ts';
import type { GatewayEvent } from './gateway-event.ts';
import type { WaitingPayments } from './open-waiting-payments.ts';

export interface RecordEventDependencies {
  database: PaymentDatabase;
  recordResult: RecordResult;
  wake: WaitingPayments['wake'];
  now: () => number;
}

export type RecordEvent = ReturnType<typeof createRecordEvent>;

/** Keeps the gateway's events, and what they say of a payment. */
export function createRecordEvent({ database, recordResult, wake, now }: RecordEventDependencies) {
  /**
   * @param id `webhook-id`; an event that came before has no effect
   * @throws Problem 404 `payment_not_found`; the event is not kept then, and may come again
   */
  return async function recordEvent(id: string, { type, data }: GatewayEvent): Promise<void> {
    const decision = toDecision(type, data.declineCode);
    if (!decision) return;
    const { reference } = data;
    await database.transaction(
      async (tables) => {
        if (!(await findPayment(tables, reference))) throw paymentNotFound();
        const isNew = await tables
          .insertInto('gateway_events')
          .values({ id, reference, type, received_at: now() })
          .onConflict((conflict) => conflict.doNothing())
          .returning('id')
          .executeTakeFirst();
        if (isNew) await recordResult(tables, reference, decision);
      },
      { subject: reference },
    );
    // Also where it came before: the process may have ended between the two.
    await wake(reference, id);
  };
}

function toDecision(type: string, declineCode = 'generic_decline'): ChargeDecision | undefined {
  if (type === 'charge.settled') return { status: 'settled' };
  return type === 'charge.declined' ? { status: 'declined', declineCode } : undefined;
}
