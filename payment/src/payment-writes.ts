import { randomUUID } from 'node:crypto';
import { type IdempotencyKeys, type IdempotentRequest, idempotencyKeyReused, type Reply } from '@appointments/chassis';
import type { Kysely } from 'kysely';
import type { ChargeResult } from './gateway.ts';
import { isWaiting, processingErrorReply, replyTo } from './payment.ts';
import { isBeingReversed } from './payment-status.ts';
import {
  getPayment,
  insertPayment,
  keepFingerprint,
  type Payment,
  type PaymentDatabase,
  type PaymentTables,
  updatePayment,
} from './payment-store.ts';
import type { RecordResult } from './record-result.ts';
import { keptOf, type PaymentRequest } from './schema.ts';

export interface PaymentWritesDependencies {
  database: PaymentDatabase;
  keys: IdempotencyKeys;
  recordResult: RecordResult;
  now: () => number;
}

/** What a payment writes, each a transaction whose subject is the payment's key. */
export function createPaymentWrites({ database, keys, recordResult, now }: PaymentWritesDependencies) {
  /** Keeps a reply under its key, unless the payment waits: then a retry is told what is known by then. */
  function keep(tables: Kysely<PaymentTables>, payment: Payment, key: string, reply: Reply): Promise<void> {
    return isWaiting(payment) ? keys.release(tables, key) : keys.complete(tables, key, reply);
  }

  /** Claims the key and opens the payment, or returns the reply that is known already. */
  function begin(request: IdempotentRequest, input: PaymentRequest): Promise<Reply | undefined> {
    const opened = async (tables: Kysely<PaymentTables>) => {
      const first = await keys.claim(tables, request);
      if (first) return { ...first, replayed: true };
      if (await insertPayment(tables, newPayment(request, input, now()))) return undefined;
      const earlier = await getPayment(tables, request.key);
      assertSamePayment(earlier, request, input);
      if (earlier.fingerprint === null) await keepFingerprint(tables, request.key, request.fingerprint);
      const reply = replyTo(earlier, request.route);
      if (reply) await keep(tables, earlier, request.key, reply);
      return reply;
    };
    return database.transaction(opened, { subject: request.key, sharedLocks: [] });
  }

  /** Records the gateway's result; the reply is kept with it unless a reversal has to come first. */
  function record(request: IdempotentRequest, result: ChargeResult) {
    const recorded = async (tables: Kysely<PaymentTables>) => {
      const { payment, before } = await recordResult(tables, request.key, result);
      const undecided = before === 'pending' && result.status === 'undecided';
      const reply = undecided ? undefined : replyTo(payment, request.route);
      const outcome = { payment, reply: reply ?? processingErrorReply(request.route) };
      if (!isBeingReversed(payment)) await keep(tables, payment, request.key, outcome.reply);
      return outcome;
    };
    return database.transaction(recorded, { subject: request.key, repeatable: true, sharedLocks: [] });
  }

  /**
   * Leaves the payment open for a retry. Without a key of the client's own no retry and no refund can name the payment,
   * so what the gateway did is going to be reversed.
   */
  function leaveOpen({ key }: IdempotentRequest, retryable: boolean): Promise<void> {
    const left = async (tables: Kysely<PaymentTables>) => {
      await keys.release(tables, key);
      if (retryable) return;
      const payment = await getPayment(tables, key);
      if (payment.status === 'pending') await updatePayment(tables, payment, { status: 'voiding', updated_at: now() });
    };
    return database.transaction(left, { subject: key, repeatable: true });
  }

  return { begin, record, leaveOpen };
}

function newPayment({ key, fingerprint }: IdempotentRequest, input: PaymentRequest, at: number) {
  return {
    reference: key,
    payment_id: randomUUID(),
    amount: input.amount,
    ...keptOf(input),
    fingerprint,
    status: 'pending' as const,
    decline_code: null,
    created_at: at,
    updated_at: at,
  };
}

// Keys are deleted after a day and payments are not, so here the ledger says what the key was used for.
function assertSamePayment(earlier: Payment, { fingerprint }: IdempotentRequest, input: PaymentRequest): void {
  const { card_last_four, token_hash } = keptOf(input);
  const hasSameMembers =
    earlier.amount === input.amount && earlier.card_last_four === card_last_four && earlier.token_hash === token_hash;
  const isSame =
    earlier.fingerprint === null ? earlier.amount === null || hasSameMembers : earlier.fingerprint === fingerprint;
  if (!isSame) throw idempotencyKeyReused();
}
