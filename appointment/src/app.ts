import {
  createApp,
  createMetrics,
  type IdempotencyKeys,
  type Logger,
  sagaTracer,
  type Tokens,
} from '@appointments/chassis';
import { openSagas } from 'durable-saga';
import type { AccessList } from './access/access-list.ts';
import { createCallers } from './access/callers.ts';
import { ACCESS_TOKEN, createGuards } from './access/guards.ts';
import { createBookAppointment } from './book-appointment.ts';
import { bookAppointmentRoutes } from './book-appointment-route.ts';
import { createBookingMetrics } from './booking-metrics.ts';
import { type AppointmentDatabase, BOOKING_SAGA } from './booking-store.ts';
import { createBookingWrites } from './booking-writes.ts';
import { bookingsRoutes } from './bookings-routes.ts';
import { createConsole } from './console/console.ts';
import { leadBrowsers } from './console/lead-browsers.ts';
import { createErasePatient } from './erasures/erase-patient.ts';
import { createErasures } from './erasures/erasures.ts';
import { erasuresRoutes } from './erasures/erasures-routes.ts';
import { createBookingFinder } from './find-bookings.ts';
import { createFindReferences } from './find-references.ts';
import { createOperatorMoves } from './operator-moves.ts';
import { operatorRoutes } from './operator-routes.ts';
import { paymentNoticeRoute, serviceGuard } from './payment-notice-route.ts';
import { createClients, type Peers } from './peers.ts';
import { MOST_RETRIES } from './schema.ts';
import { searchBookings } from './search-bookings.ts';
import { createTakeBooking } from './take-booking.ts';
import { DELIVERY_SAGA } from './webhooks/deliver-webhook.ts';
import { deliveriesRoutes } from './webhooks/deliveries-routes.ts';
import type { WebhookEndpoint } from './webhooks/endpoints.ts';
import { openWebhooks } from './webhooks/open-webhooks.ts';
import type { SendWebhook } from './webhooks/send-webhook.ts';

/** The console, which is HTML for people, is not part of it. */
const API = {
  title: 'Appointment service',
  description: `
Books a doctor's appointment across the reservation and the payment service: both are done, or neither stays done.

The operations console at \`/console\` is made for people, in HTML, and is not described here.`,
  tokens: {
    operatorToken:
      "`OPERATOR_TOKEN`, or an operator's or viewer's token of `ACCESS_FILE`. There is no default: without either, the routes " +
      'of operators respond with 403.',
    serviceToken: '`PAYMENT_TOKEN` or else `SERVICE_TOKEN`, or one of its list, where the service is run with one.',
  },
};

export interface AppointmentAppOptions {
  database: AppointmentDatabase;
  keys: IdempotencyKeys;
  peers: Peers;
  bookingDeadlineMs: number;
  maxInFlight: number;
  logger: Logger;
  draining: AbortSignal;
  operatorToken?: string | undefined;
  /** Who may do what; booking is open to everybody where it is left out. */
  accessList?: AccessList | undefined;
  /** What services that call this one have to send; none where it is left out or empty. */
  serviceToken?: Tokens | undefined;
  /** How long a booking may make no progress before it is stuck, in milliseconds. */
  stuckAfterMs: number;
  /** How long a cardholder has for confirming a payment, in milliseconds. */
  actionTimeoutMs: number;
  /** The address of a trace, with `{traceId}` in it. */
  traceUrl?: string | undefined;
  /** Who is told of what becomes of bookings, and by what. */
  webhooks: { endpoints: readonly WebhookEndpoint[]; send: SendWebhook };
}

// Of the client's time, what is kept back for compensating and responding once going forward has failed.
const respondingMs = (deadlineMs: number) => Math.min(1_000, deadlineMs / 4);

/** The orchestrator as a Koa app, with its sagas beside it, which its owner closes. */
export async function createAppointmentApp(options: AppointmentAppOptions) {
  const { database, keys, peers, bookingDeadlineMs: deadlineMs, maxInFlight } = options;
  const { logger, draining, operatorToken, serviceToken, stuckAfterMs, actionTimeoutMs } = options;
  const metrics = createMetrics();
  const writes = createBookingWrites(keys);
  const { webhooks, deliveries, ...delivering } = await openWebhooks({
    ...options.webhooks,
    database,
    metrics,
    logger,
    deadlineMs,
  });
  const clients = createClients(peers);
  const bookAppointment = createBookAppointment({
    ...clients,
    deadlineMs: deadlineMs - respondingMs(deadlineMs),
    actionTimeoutMs,
    announceAction: (id) => webhooks.announce(id, 'booking.requires_action'),
    async onOutcome(tables, outcome) {
      await writes.onOutcome(tables, outcome);
      await webhooks.onOutcome(tables, outcome);
    },
    onEnd: webhooks.onEnd,
  });
  const { observe, shed, countInFlight } = createBookingMetrics({
    metrics,
    database,
    peers: Object.values(peers).map(({ client }) => client),
    maxInFlight,
  });
  const erasePatient = createErasePatient({ ...clients, database, keys });
  const sagas = await openSagas({
    store: database,
    definitions: [bookAppointment, erasePatient],
    elsewhere: [DELIVERY_SAGA],
    logger,
    trace: sagaTracer,
    observe: (saga, event) => {
      if (saga.name === BOOKING_SAGA) observe(saga, event);
    },
    exclusive: !database.shared,
    stuckAfterMs,
  });
  const { takeBooking, inFlight } = createTakeBooking({
    database,
    sagas,
    bookAppointment,
    writes,
    deadlineMs,
    maxInFlight,
    shed,
  });
  countInFlight(inFlight);
  const findReferences = createFindReferences(clients, logger);
  const finder = createBookingFinder(database, sagas.find, findReferences);
  const moves = createOperatorMoves({
    sagas,
    findStuck: () => searchBookings(database.read, { status: 'stuck' }, { limit: MOST_RETRIES }),
    deadlineMs,
  });
  const watched = Object.values(peers);
  const callers = createCallers({ operatorToken, accessList: options.accessList });
  const guards = createGuards(callers);
  const routes = [
    ...bookAppointmentRoutes(takeBooking, guards),
    ...bookingsRoutes(finder, guards),
    ...operatorRoutes(finder, moves, guards),
    ...deliveriesRoutes(deliveries, guards),
    ...erasuresRoutes(createErasures({ sagas, erasePatient, deadlineMs }), guards),
    paymentNoticeRoute(sagas.signal, serviceToken?.length ? serviceGuard(serviceToken) : undefined),
  ];
  const { find: findSaga, now } = sagas;
  const operations = {
    database,
    findSaga,
    findReferences,
    moves,
    deliveries,
    peers: watched,
    operatorToken,
    traceUrl: options.traceUrl,
    callers,
    logger,
    draining,
    now,
  };
  const app = createApp({
    logger,
    metrics,
    api: { ...API, tokens: { ...API.tokens, ...(callers.bookingIsGuarded && { accessToken: ACCESS_TOKEN }) }, routes },
    router: createConsole(operations),
    ready: database.ping,
    draining,
  });
  app.use(leadBrowsers());
  return {
    app,
    sagas: {
      ...sagas,
      close: async (options: { graceMs?: number } = {}) => {
        await Promise.all([sagas.close(options), delivering.close(options)]);
      },
    },
  };
}
