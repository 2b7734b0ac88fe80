import type { Kysely } from 'kysely';
import type { ChargeResult } from './gateway.ts';
import { afterCharge, type PaymentStatus } from './payment-status.ts';
import { getPayment, type Payment, type PaymentTables, updatePayment } from './payment-store.ts';

type Tables = Kysely<PaymentTables>;

export interface RecordResultDependencies {
  now: () => number;
  /** Starts the saga that waits, in the same transaction; no effect where it was started. */
  startWait(tables: Tables, reference: string): Promise<void>;
}

export type RecordResult = ReturnType<typeof createRecordResult>;

/** Writes what the gateway says of a charge into the ledger, whether it says so in a response, by an event or when it is asked. */
export function createRecordResult({ now, startWait }: RecordResultDependencies) {
  /** @returns the payment as it is now, and its status before */
  return async function recordResult(
    tables: Tables,
    reference: string,
    result: ChargeResult,
  ): Promise<{ payment: Payment; before: PaymentStatus }> {
    const earlier = await getPayment(tables, reference);
    const status = afterCharge(earlier.status, result.status);
    const waits = status === 'pending';
    const at = now();
    const payment = await updatePayment(tables, earlier, {
      status,
      ...(result.status === 'declined' && { decline_code: result.declineCode }),
      ...(result.status === 'requires_action' && { action_url: result.url }),
      ...(waits && { waiting_since: at }),
      updated_at: at,
    });
    if (waits) await startWait(tables, reference);
    return { payment, before: earlier.status };
  };
}
