import { createApp, createMetrics, type IdempotencyKeys, type Logger } from '@appointments/chassis';
import type Koa from 'koa';
import { createFindPayments } from './find-payments.ts';
import type { PaymentGateway } from './gateway.ts';
import { createMakePayment } from './make-payment.ts';
import { apiDocument } from './openapi.ts';
import type { PaymentDatabase } from './payment-store.ts';
import { createRefundPayment } from './refund-payment.ts';
import type { Reversals } from './reversal.ts';
import { addReversalMetrics } from './reversal-metrics.ts';
import { createRoutes } from './routes.ts';

export interface PaymentAppOptions {
  database: PaymentDatabase;
  gateway: PaymentGateway;
  reversals: Reversals;
  keys: IdempotencyKeys;
  logger: Logger;
  draining: AbortSignal;
  serviceToken?: string | undefined;
  /** A clock that the machine's time does not move; milliseconds since the epoch. */
  now: () => number;
}

/** The payment service as a Koa app over its store and its gateway. */
export function createPaymentApp({
  database,
  gateway,
  reversals,
  keys,
  logger,
  draining,
  serviceToken,
  now,
}: PaymentAppOptions): Koa {
  const metrics = createMetrics();
  addReversalMetrics(metrics, database, now);
  const router = createRoutes({
    makePayment: createMakePayment({ database, gateway, keys, reversals, now }),
    refundPayment: createRefundPayment({ database, reversals, now }),
    findPayments: createFindPayments(database),
  });
  return createApp({ logger, metrics, router, apiDocument, ready: database.ping, draining, serviceToken });
}
