import { type Logger, sagaTracer } from '@appointments/chassis';
import { NotPossible, openSagas, SagaNotFound, type Sagas } from 'durable-saga';
import type { PaymentGateway } from '../gateway.ts';
import type { PaymentDatabase, PaymentTables } from '../payment-store.ts';
import { createRecordResult } from '../record-result.ts';
import type { Reversals } from '../reversal.ts';
import { CHARGE_DECIDED, createAwaitDecision } from './await-decision.ts';
import type { Notify } from './notices.ts';

export interface OpenWaitingPaymentsOptions {
  database: PaymentDatabase;
  gateway: PaymentGateway;
  reversals: Reversals;
  notify: Notify;
  /** How long a cardholder or a gateway has for deciding, in milliseconds. */
  timeoutMs: number;
  logger: Logger;
  now: () => number;
}

export type WaitingPayments = Awaited<ReturnType<typeof openWaitingPayments>>;

/** Runs the sagas of payments that wait to be decided. */
export async function openWaitingPayments({ timeoutMs, logger, ...dependencies }: OpenWaitingPaymentsOptions) {
  const recordResult = createRecordResult({
    now: dependencies.now,
    async startWait(tables, reference) {
      await sagas.startIn(tables, awaitDecision, { id: reference, input: { timeoutMs } });
    },
  });
  const awaitDecision = createAwaitDecision({ ...dependencies, recordResult });
  const sagas: Sagas<PaymentTables> = await openSagas({
    store: dependencies.database,
    definitions: [awaitDecision],
    exclusive: !dependencies.database.shared,
    logger,
    trace: sagaTracer,
  });

  /** Wakes the saga of a payment that is decided; a payment that never waited, or no longer waits, has none. */
  async function wake(reference: string, eventId: string): Promise<void> {
    await sagas.signal(reference, CHARGE_DECIDED, null, { dedupeKey: eventId }).catch((error: unknown) => {
      if (!(error instanceof SagaNotFound || error instanceof NotPossible)) throw error;
    });
  }

  return { recordResult, wake, close: sagas.close };
}
