import { createApp, createMetrics, type IdempotencyKeys, type Logger, type Tokens } from '@appointments/chassis';
import type Koa from 'koa';
import { createFindPayments } from './find-payments.ts';
import type { PaymentGateway } from './gateway.ts';
import { createMakePayment } from './make-payment.ts';
import type { PaymentDatabase } from './payment-store.ts';
import { createRefundPayment } from './refund-payment.ts';
import type { Reversals } from './reversal.ts';
import { addReversalMetrics } from './reversal-metrics.ts';
import { paymentRoutes } from './routes.ts';

const API = {
  title: 'Payment service',
  description:
    'Card payments and their refunds, each made at most once for a reference. Of a card number, the last four digits are all that is kept.',
  tokens: { serviceToken: '`SERVICE_TOKEN`, or one of its list, where the service is run with one.' },
  guard: 'serviceToken',
};

export interface PaymentAppOptions {
  database: PaymentDatabase;
  gateway: PaymentGateway;
  reversals: Reversals;
  keys: IdempotencyKeys;
  logger: Logger;
  draining: AbortSignal;
  serviceToken?: Tokens | undefined;
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
  const routes = paymentRoutes({
    makePayment: createMakePayment({ database, gateway, keys, reversals, now }),
    refundPayment: createRefundPayment({ database, reversals, now }),
    findPayments: createFindPayments(database),
  });
  return createApp({ logger, metrics, api: { ...API, routes }, ready: database.ping, draining, serviceToken });
}
