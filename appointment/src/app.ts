import { createApp, createMetrics, type IdempotencyKeys, type Logger, sagaTracer } from '@appointments/chassis';
import { openSagas } from 'durable-saga';
import { createBookAppointment } from './book-appointment.ts';
import { bookAppointmentRoutes } from './book-appointment-route.ts';
import { createBookingMetrics } from './booking-metrics.ts';
import type { AppointmentDatabase } from './booking-store.ts';
import { createBookingWrites } from './booking-writes.ts';
import { bookingsRoutes } from './bookings-routes.ts';
import { createConsole } from './console/console.ts';
import { createBookingFinder } from './find-bookings.ts';
import { operatorGuard } from './operator-guard.ts';
import { createOperatorMoves } from './operator-moves.ts';
import { createClients, type Peers } from './peers.ts';
import { createTakeBooking } from './take-booking.ts';

/** The console, which is HTML for people, is not part of it. */
const API = {
  title: 'Appointment service',
  description: `
Books a doctor's appointment across the reservation and the payment service: both are done, or neither stays done.

The operations console at \`/console\` is made for people, in HTML, and is not described here.`,
  tokens: {
    operatorToken: '`OPERATOR_TOKEN`. There is no default: without one the routes of operators respond with 403.',
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
  /** How long a booking may make no progress before it is stuck, in milliseconds. */
  stuckAfterMs: number;
}

// Of the client's time, what is kept back for compensating and responding once going forward has failed.
const respondingMs = (deadlineMs: number) => Math.min(1_000, deadlineMs / 4);

/** The orchestrator as a Koa app, with its sagas beside it, which its owner closes. */
export async function createAppointmentApp(options: AppointmentAppOptions) {
  const { database, keys, peers, bookingDeadlineMs, maxInFlight } = options;
  const { logger, draining, operatorToken, stuckAfterMs } = options;
  const metrics = createMetrics();
  const writes = createBookingWrites(keys);
  const bookAppointment = createBookAppointment({
    ...createClients(peers),
    deadlineMs: bookingDeadlineMs - respondingMs(bookingDeadlineMs),
    onOutcome: writes.onOutcome,
  });
  const { observe, shed, countInFlight } = createBookingMetrics({
    metrics,
    database,
    peers: Object.values(peers).map(({ client }) => client),
    maxInFlight,
  });
  const sagas = await openSagas({
    store: database,
    definitions: [bookAppointment],
    logger,
    trace: sagaTracer,
    observe,
    exclusive: !database.shared,
    stuckAfterMs,
  });
  const { takeBooking, inFlight } = createTakeBooking({
    sagas,
    bookAppointment,
    writes,
    deadlineMs: bookingDeadlineMs,
    maxInFlight,
    shed,
  });
  countInFlight(inFlight);
  const finder = createBookingFinder(database, sagas.find);
  const moves = createOperatorMoves({ sagas, find: finder.find, deadlineMs: bookingDeadlineMs });
  const watched = Object.values(peers);
  const routes = [
    ...bookAppointmentRoutes(takeBooking),
    ...bookingsRoutes(finder, moves, operatorGuard(operatorToken)),
  ];
  const { find: findSaga, now } = sagas;
  const operations = { database, findSaga, moves, peers: watched, operatorToken, logger, draining, now };
  const app = createApp({
    logger,
    metrics,
    api: { ...API, routes },
    router: createConsole(operations),
    ready: database.ping,
    draining,
  });
  return { app, sagas };
}
