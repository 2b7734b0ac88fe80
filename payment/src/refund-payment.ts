import type { Kysely } from 'kysely';
import { presentRefund } from './payment.ts';
import { afterRefundRequest, isBeingReversed } from './payment-status.ts';
import {
  getPayment,
  insertPayment,
  type Payment,
  type PaymentDatabase,
  type PaymentTables,
  updatePayment,
} from './payment-store.ts';
import type { Reversals } from './reversal.ts';

export interface RefundPaymentDependencies {
  database: PaymentDatabase;
  reversals: Reversals;
  now: () => number;
}

/** Refunds what was or will be paid under a reference. */
export function createRefundPayment({ database, reversals, now }: RefundPaymentDependencies) {
  /** Records the intent before the gateway is called. */
  function begin(reference: string): Promise<Payment> {
    const begun = async (tables: Kysely<PaymentTables>) => {
      // Leaves the ledger as it is where it has the reference.
      await insertPayment(tables, { ...tombstone(reference, now()), status: afterRefundRequest(undefined) });
      const payment = await getPayment(tables, reference);
      const status = afterRefundRequest(payment.status);
      return payment.status === status ? payment : updatePayment(tables, payment, { status, updated_at: now() });
    };
    return database.transaction(begun, { subject: reference, repeatable: true });
  }

  /**
   * Refunds a settled payment, voids any other, and bars the payments that arrive later with the reference. Idempotent.
   *
   * @returns the reply's body
   * @throws Problem 503 `gateway_unavailable`: the intent stays recorded, and a retry finishes it
   */
  return async function refundPayment(reference: string) {
    const begun = await begin(reference);
    return presentRefund(isBeingReversed(begun) ? await reversals.finish(begun) : begun);
  };
}

export type RefundPayment = ReturnType<typeof createRefundPayment>;

function tombstone(reference: string, at: number) {
  return {
    reference,
    payment_id: null,
    amount: null,
    card_last_four: null,
    token_hash: null,
    fingerprint: null,
    decline_code: null,
    created_at: at,
    updated_at: at,
  };
}
