import { createApp, createMetrics, type IdempotencyKeys, type Logger, type Tokens } from '@appointments/chassis';
import { createErasePayers } from './erase-payers.ts';
import { erasuresRoute } from './erasures-route.ts';
import { createFindPayments } from './find-payments.ts';
import type { PaymentGateway } from './gateway.ts';
import { gatewayRoute } from './gateway-route.ts';
import { createMakePayment } from './make-payment.ts';
import type { PaymentDatabase } from './payment-store.ts';
import { createRefundPayment } from './refund-payment.ts';
import { removalsRoute } from './removals-route.ts';
import { createRemovePayments } from './remove-payments.ts';
import type { Reversals } from './reversal.ts';
import { addReversalMetrics } from './reversal-metrics.ts';
import { paymentRoutes } from './routes.ts';
import { challengeRoutes } from './sandbox/challenge-routes.ts';
import { createSandboxEvents } from './sandbox/sandbox-events.ts';
import { gatewayEventsRoute } from './waiting-payments/gateway-events-route.ts';
import type { Notify } from './waiting-payments/notices.ts';
import { openWaitingPayments } from './waiting-payments/open-waiting-payments.ts';
import { createRecordEvent } from './waiting-payments/record-event.ts';
import { createEventVerifier } from './waiting-payments/verify-event.ts';
import { addWaitMetrics } from './waiting-payments/wait-metrics.ts';

const API = {
  title: 'Payment service',
  description:
    'Card payments and their refunds, each made at most once for a reference. Of a card number, the last four digits are all that is kept.',
  tokens: {
    serviceToken: '`PAYMENT_TOKEN` or else `SERVICE_TOKEN`, or one of its list, where the service is run with one.',
  },
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
  /** What the gateway signs its events with, `whsec_…`; more than one while they are changed. */
  webhookSecrets: readonly string[];
  /** Whether cardholders decide on pages of this service. */
  isSandbox: boolean;
  /** Notifies the caller that made a payment which had to wait. */
  notify: Notify;
  /** How long a cardholder or a gateway has for deciding, in milliseconds. */
  actionTimeoutMs: number;
  /** A clock that the machine's time does not move; milliseconds since the epoch. */
  now: () => number;
}

/** The payment service as a Koa app over its store and its gateway, with the sagas of its waits, which its owner closes. */
export async function createPaymentApp(options: PaymentAppOptions) {
  const { database, gateway, reversals, keys, logger, draining, serviceToken, webhookSecrets, isSandbox, now } =
    options;
  const { notify, actionTimeoutMs: timeoutMs } = options;
  const metrics = createMetrics();
  addReversalMetrics(metrics, database, now);
  addWaitMetrics(metrics, database, now);
  const { recordResult, wake, close } = await openWaitingPayments({
    database,
    gateway,
    reversals,
    notify,
    timeoutMs,
    logger,
    now,
  });
  const routes = [
    ...paymentRoutes({
      makePayment: createMakePayment({ database, gateway, keys, reversals, recordResult, now }),
      refundPayment: createRefundPayment({ database, reversals, now }),
      findPayments: createFindPayments(database),
    }),
    gatewayRoute(isSandbox),
    removalsRoute(createRemovePayments(database)),
    erasuresRoute(createErasePayers(database, keys)),
    gatewayEventsRoute({
      verifyEvent: createEventVerifier(webhookSecrets),
      recordEvent: createRecordEvent({ database, recordResult, wake, now }),
    }),
  ];
  const app = createApp({
    logger,
    isInner: true,
    metrics,
    api: { ...API, routes },
    router: isSandbox
      ? challengeRoutes({ database, sendEvent: createSandboxEvents(webhookSecrets, logger) })
      : undefined,
    ready: database.ping,
    storeFile: database.file,
    draining,
    serviceToken,
  });
  return { app, close };
}
