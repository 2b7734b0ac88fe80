import { type IdempotencyKeys, type Logger, type Registry, sagaTracer } from '@appointments/chassis';
import { openSagas } from 'durable-saga';
import { createBookAppointment } from './book-appointment.ts';
import { createBookingMetrics } from './booking-metrics.ts';
import { type AppointmentDatabase, BOOKING_SAGA } from './booking-store.ts';
import { createBookingWrites } from './booking-writes.ts';
import { createErasePatient } from './erasures/erase-patient.ts';
import { createClients, type Peers } from './peers.ts';
import { createStartBooking } from './start-booking.ts';
import { DELIVERY_SAGA } from './webhooks/deliver-webhook.ts';
import type { WebhookEndpoint } from './webhooks/endpoints.ts';
import { openWebhooks } from './webhooks/open-webhooks.ts';
import type { SendWebhook } from './webhooks/send-webhook.ts';

export interface BookingsOptions {
  database: AppointmentDatabase;
  keys: IdempotencyKeys;
  peers: Peers;
  /** By when a client gets its response, in milliseconds. */
  bookingDeadlineMs: number;
  maxInFlight: number;
  logger: Logger;
  /** How long a booking may make no progress before it is stuck, in milliseconds. */
  stuckAfterMs: number;
  /** How long a cardholder has for confirming a payment, in milliseconds. */
  actionTimeoutMs: number;
  /** Who is told of what becomes of bookings, and by what. */
  webhooks: { endpoints: readonly WebhookEndpoint[]; send: SendWebhook };
}

// Of the client's time, what is kept back for compensating and responding once going forward has failed.
const respondingMs = (deadlineMs: number) => Math.min(1_000, deadlineMs / 4);

/** Opens the orchestrator's sagas, which book, tell of bookings and erase patients, and what starts bookings for clients. */
export async function openBookings(options: BookingsOptions, metrics: Registry) {
  const { database, keys, peers, bookingDeadlineMs: deadlineMs, maxInFlight, logger, stuckAfterMs } = options;
  const writes = createBookingWrites(keys);
  const openedWebhooks = await openWebhooks({ ...options.webhooks, database, metrics, logger, deadlineMs });
  const { webhooks, deliveries, close: closeDeliveries } = openedWebhooks;
  const clients = createClients(peers);
  const bookAppointment = createBookAppointment({
    ...clients,
    deadlineMs: deadlineMs - respondingMs(deadlineMs),
    actionTimeoutMs: options.actionTimeoutMs,
    announceAction: (id) => webhooks.announce(id, 'booking.requires_action'),
    async onOutcome(tables, outcome) {
      await writes.onOutcome(tables, outcome);
      await webhooks.onOutcome(tables, outcome);
    },
    onEnd: webhooks.onEnd,
  });
  const erasePatient = createErasePatient({ ...clients, database, keys });
  const peerClients = Object.values(peers).map(({ client }) => client);
  const { observe, shed, countInFlight } = createBookingMetrics({ metrics, database, peers: peerClients, maxInFlight });
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
  const starting = { database, sagas, bookAppointment, writes, deadlineMs, maxInFlight, shed };
  const { startBooking, inFlight } = createStartBooking(starting);
  countInFlight(inFlight);

  /** Lets what runs here end within `graceMs`, then leaves the rest to the next process. */
  async function close(grace: { graceMs?: number } = {}): Promise<void> {
    await Promise.all([sagas.close(grace), closeDeliveries(grace)]);
  }

  return { clients, sagas: { ...sagas, close }, startBooking, erasePatient, deliveries };
}
