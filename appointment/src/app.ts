import { createApp, createMetrics, createRateLimiter, type Rate, type Tokens } from '@appointments/chassis';
import type { AccessList } from './access/access-list.ts';
import { createCallers } from './access/callers.ts';
import { ACCESS_TOKEN_DESCRIPTION, createGuards } from './access/guards.ts';
import { createGuessLimit } from './access/guess-limit.ts';
import { bookAppointmentRoutes } from './book-appointment-route.ts';
import { BOOKING_STEPS } from './booking-steps.ts';
import { bookingsRoutes } from './bookings-routes.ts';
import { createConsole } from './console/console.ts';
import { leadBrowsers } from './console/lead-browsers.ts';
import { createTestBookings } from './console/test-bookings.ts';
import { createErasures } from './erasures/erasures.ts';
import { erasuresRoutes } from './erasures/erasures-routes.ts';
import { createBookingFinder } from './find-bookings.ts';
import { createFindReferences } from './find-references.ts';
import { type BookingsOptions, openBookings } from './open-bookings.ts';
import { createOperatorActions } from './operator-actions.ts';
import { operatorRoutes } from './operator-routes.ts';
import { paymentNoticeRoute } from './payment-notice-route.ts';
import { MOST_RETRIES } from './schema.ts';
import { searchBookings } from './search-bookings.ts';
import { deliveriesRoutes } from './webhooks/deliveries-routes.ts';

const services = Object.values(BOOKING_STEPS).map(({ service }) => service);

/** The console, which is HTML for people, is not part of it. */
const API = {
  title: 'Appointment service',
  description: `
Books a doctor's appointment across the services ${new Intl.ListFormat('en').format(services)}: all is done, or nothing stays done.

The operations console at \`/console\` is made for people, in HTML, and is not described here.`,
  tokens: {
    operatorToken:
      "`OPERATOR_TOKEN`, or an operator's or viewer's token of `ACCESS_FILE`. There is no default: without either, the routes " +
      'of operators respond with 403.',
    serviceToken: '`PAYMENT_TOKEN` or else `SERVICE_TOKEN`, or one of its list, where the service is run with one.',
  },
};

export interface AppointmentAppOptions extends BookingsOptions, AccessOptions {
  draining: AbortSignal;
  /** What services that call this one have to send; none where it is left out or empty. */
  serviceToken?: Tokens | undefined;
  /** How many proxies stand in front; none when left out. */
  proxies?: number | undefined;
  /** The address of a trace, with `{traceId}` in it. */
  traceUrl?: string | undefined;
}

interface AccessOptions {
  operatorToken?: string | undefined;
  /** Who may do what; booking is open to everybody where it is left out. */
  accessList?: AccessList | undefined;
  /**
   * How often one client may call the routes of bookings, or one address where the client is not known; without it, as often
   * as it likes.
   */
  rateLimit?: Rate | undefined;
  /** How many wrong tokens one address may send. */
  wrongTokens?: Rate | undefined;
}

/** The orchestrator as a Koa app, with its sagas beside it, which its owner closes. */
export async function createAppointmentApp(options: AppointmentAppOptions) {
  const { database, peers, bookingDeadlineMs: deadlineMs, logger, draining, serviceToken, proxies } = options;
  const metrics = createMetrics();
  const { clients, sagas, startBooking, erasePatient, deliveries } = await openBookings(options, metrics);
  const { find: findSaga, now } = sagas;
  const findReferences = createFindReferences(clients, logger);
  const finder = createBookingFinder(database, findSaga, findReferences);
  const findStuck = () => searchBookings(database.read, { status: 'stuck' }, { limit: MOST_RETRIES });
  const actions = createOperatorActions({ sagas, findStuck, deadlineMs });
  const { callers, guesses, guards } = createAccess(options, now);
  const { bookingIsGuarded } = callers;
  const routes = [
    ...bookAppointmentRoutes(startBooking, guards),
    ...bookingsRoutes(finder, guards),
    ...operatorRoutes(finder, actions, guards),
    ...deliveriesRoutes(deliveries, guards),
    ...erasuresRoutes(createErasures({ sagas, erasePatient, deadlineMs }), guards),
    paymentNoticeRoute(sagas.signal, serviceToken?.length ? guards.services(serviceToken) : undefined),
  ];
  const router = createConsole({
    ...options,
    operatorToken: options.operatorToken,
    findSaga,
    findReferences,
    actions,
    testBookings: createTestBookings({ ...clients, startBooking, bookingIsGuarded, logger, now }),
    deliveries,
    peers: Object.values(peers),
    callers,
    guesses,
    now,
  });
  const app = createApp({
    logger,
    metrics,
    api: {
      ...API,
      tokens: { ...API.tokens, ...(bookingIsGuarded && { accessToken: ACCESS_TOKEN_DESCRIPTION }) },
      routes,
    },
    router,
    ready: database.ping,
    storeFile: database.file,
    draining,
    proxies,
  });
  app.use(leadBrowsers());
  return { app, sagas };
}

/** Who calls, what each may do, and how often. */
function createAccess(options: AccessOptions & Pick<BookingsOptions, 'database'>, now: () => number) {
  const { database, operatorToken, accessList, rateLimit, wrongTokens } = options;
  const callers = createCallers({ operatorToken, accessList });
  const guesses = createGuessLimit({ rate: wrongTokens, database, now });
  const requests = rateLimit && createRateLimiter({ name: 'requests', rate: rateLimit, store: database, now });
  return { callers, guesses, guards: createGuards({ callers, guesses, requests }) };
}
