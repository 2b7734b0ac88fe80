import { createApp, createMetrics, type IdempotencyKeys, type Logger, type PeerClient } from '@appointments/chassis';
import { createSagaRunner } from 'durable-saga';
import { createBookAppointment } from './book-appointment.ts';
import { createBookingMetrics } from './booking-metrics.ts';
import type { AppointmentDatabase } from './booking-store.ts';
import { createBookings } from './bookings.ts';
import { createPaymentClient } from './clients/payment-client.ts';
import { createReservationClient } from './clients/reservation-client.ts';
import { createConsole } from './console/console.ts';
import { apiDocument } from './openapi.ts';
import { createRoutes } from './routes.ts';

export interface AppointmentAppOptions {
  database: AppointmentDatabase;
  keys: IdempotencyKeys;
  /** The two backends. */
  reservation: PeerClient;
  payment: PeerClient;
  /** Where their readiness can be asked for. */
  peerUrls: { reservation: string; payment: string };
  bookingDeadlineMs: number;
  maxInFlight: number;
  logger: Logger;
  draining: AbortSignal;
  operatorToken?: string | undefined;
}

// Of the client's time, what is kept back for undoing and answering once going forward has failed.
const answeringMs = (deadlineMs: number) => Math.min(500, deadlineMs / 10);

/** The orchestrator as a Koa app, with the runner of its sagas beside it: whoever serves the app opens and closes it. */
export function createAppointmentApp(options: AppointmentAppOptions) {
  const { database, keys, reservation, payment, peerUrls, bookingDeadlineMs, maxInFlight } = options;
  const { logger, draining, operatorToken } = options;
  const bookAppointment = createBookAppointment(createReservationClient(reservation), createPaymentClient(payment));
  const metrics = createMetrics();
  const { observe, shed } = createBookingMetrics({
    metrics,
    database,
    peers: [reservation, payment],
    inFlight: () => bookings.inFlight(),
    maxInFlight,
  });
  const runner = createSagaRunner({
    database,
    sagas: [bookAppointment],
    deadlineMs: bookingDeadlineMs - answeringMs(bookingDeadlineMs),
    logger,
    decided: (tables, saga) => bookings.keepReply(tables, saga),
    observe,
  });
  const bookings = createBookings({
    database,
    runner,
    bookAppointment,
    keys,
    deadlineMs: bookingDeadlineMs,
    maxInFlight,
    shed,
  });
  const watched = [
    { client: reservation, url: peerUrls.reservation },
    { client: payment, url: peerUrls.payment },
  ];
  const operations = { database, findSaga: runner.find, bookings, peers: watched, operatorToken, logger, draining };
  const router = createRoutes(bookings, operatorToken);
  router.use(createConsole(operations).routes());
  const app = createApp({
    logger,
    metrics,
    router,
    apiDocument,
    ready: database.ping,
    draining,
  });
  return { app, runner };
}
