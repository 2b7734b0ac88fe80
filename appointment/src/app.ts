import { createApp, type IdempotencyKeys, type Logger, type PeerClient } from '@appointments/chassis';
import { createSagaRunner } from '@appointments/saga';
import { createBookAppointment } from './book-appointment.ts';
import type { AppointmentDatabase } from './booking-store.ts';
import { createBookings } from './bookings.ts';
import { createPaymentClient } from './clients/payment-client.ts';
import { createReservationClient } from './clients/reservation-client.ts';
import { createRoutes } from './routes.ts';

export interface AppointmentAppOptions {
  database: AppointmentDatabase;
  keys: IdempotencyKeys;
  /** The two backends. */
  reservation: PeerClient;
  payment: PeerClient;
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
  const { database, keys, reservation, payment, bookingDeadlineMs, maxInFlight, logger, draining, operatorToken } =
    options;
  const bookAppointment = createBookAppointment(createReservationClient(reservation), createPaymentClient(payment));
  const runner = createSagaRunner({
    database,
    sagas: [bookAppointment],
    deadlineMs: bookingDeadlineMs - answeringMs(bookingDeadlineMs),
    logger,
    decided: (tables, saga) => bookings.keepReply(tables, saga),
  });
  const bookings = createBookings({
    database,
    runner,
    bookAppointment,
    keys,
    deadlineMs: bookingDeadlineMs,
    maxInFlight,
  });
  const app = createApp({ logger, router: createRoutes(bookings, operatorToken), ready: database.ping, draining });
  return { app, runner };
}
