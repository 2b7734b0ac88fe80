import type { IdempotencyKeys, IdempotentRequest, Reply } from '@appointments/chassis';
import type { PaymentGateway } from './gateway.ts';
import { isBeingReversed } from './payment-status.ts';
import type { PaymentDatabase } from './payment-store.ts';
import { createPaymentWrites } from './payment-writes.ts';
import type { RecordResult } from './record-result.ts';
import type { Reversals } from './reversal.ts';
import type { PaymentRequest } from './schema.ts';

export interface MakePaymentDependencies {
  database: PaymentDatabase;
  gateway: PaymentGateway;
  keys: IdempotencyKeys;
  reversals: Reversals;
  recordResult: RecordResult;
  now: () => number;
}

/** Charges a card once for each reference: two short transactions, and the gateway's call between them. */
export function createMakePayment({ gateway, reversals, ...writing }: MakePaymentDependencies) {
  const { begin, record, leaveOpen } = createPaymentWrites(writing);

  /**
   * Charges the card and records the result.
   *
   * @param retryable whether the client knows the key
   * @returns 200 with the payment; 202 where it waits for its cardholder or its gateway; 402 `card_declined` or
   * `processing_error`; 409 `voided` where a refund of the reference came first. A retry gets the first of these again, but
   * for 202: then it gets what is known by then
   * @throws Problem 503 `gateway_unavailable`: the payment stays pending, and a retry charges with the same gateway key;
   * 409 `request_in_progress`, here or at the gateway; 422 `idempotency_key_reused`
   */
  return async function makePayment(
    request: IdempotentRequest,
    input: PaymentRequest,
    retryable: boolean,
  ): Promise<Reply> {
    const earlier = await begin(request, input);
    if (earlier) return earlier;
    try {
      const { payment, reply } = await record(request, await gateway.charge({ ...input, reference: request.key }));
      if (isBeingReversed(payment)) {
        await reversals.finish(payment, (tables) => writing.keys.complete(tables, request.key, reply));
      }
      return reply;
    } catch (error) {
      await leaveOpen(request, retryable);
      throw error;
    }
  };
}

export type MakePayment = ReturnType<typeof createMakePayment>;
