import { type Logger, type Registry, sagaTracer } from '@appointments/chassis';
import { openSagas, type Sagas } from 'durable-saga';
import { type AppointmentDatabase, type AppointmentTables, BOOKING_SAGA } from '../booking-store.ts';
import { ERASURE_SAGA } from '../erasures/erase-patient.ts';
import { createDeliverWebhook } from './deliver-webhook.ts';
import { createDeliveries } from './deliveries.ts';
import { createDeliveryMetrics } from './delivery-metrics.ts';
import type { WebhookEndpoint } from './endpoints.ts';
import type { SendWebhook } from './send-webhook.ts';
import { createWebhooks } from './webhooks.ts';

export interface OpenWebhooksOptions {
  database: AppointmentDatabase;
  endpoints: readonly WebhookEndpoint[];
  send: SendWebhook;
  metrics: Registry;
  logger: Logger;
  /** How long an operator is made to wait, in milliseconds. */
  deadlineMs: number;
}

/**
 * Runs the deliveries of webhooks beside the bookings. They have an engine of their own on the same store: receivers that hang hold up
 * no booking.
 */
export async function openWebhooks(options: OpenWebhooksOptions) {
  const { database, endpoints, send, metrics, logger, deadlineMs } = options;
  const deliverWebhook = createDeliverWebhook({ endpoints, send });
  const sagas: Sagas<AppointmentTables> = await openSagas({
    store: database,
    definitions: [deliverWebhook],
    elsewhere: [BOOKING_SAGA, ERASURE_SAGA],
    exclusive: !database.shared,
    logger,
    trace: sagaTracer,
    observe: createDeliveryMetrics(metrics, database, () => sagas.now()).observe,
  });
  return {
    webhooks: createWebhooks({ database, sagas, deliverWebhook, endpoints }),
    deliveries: createDeliveries({ database, sagas, deliverWebhook, deadlineMs }),
    close: sagas.close,
  };
}
