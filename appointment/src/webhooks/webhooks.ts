import type { Outcome, SagaRecord, Sagas } from 'durable-saga';
import type { Kysely } from 'kysely';
import { type AppointmentDatabase, type AppointmentTables, type Booking, findBooking } from '../booking-store.ts';
import { presentBooking } from '../present-booking.ts';
import type { DeliverWebhook } from './deliver-webhook.ts';
import type { WebhookEndpoint } from './endpoints.ts';
import { toWebhookId, type WebhookEvent } from './events.ts';

type Tables = Kysely<AppointmentTables>;

export interface WebhooksDependencies {
  database: AppointmentDatabase;
  /** Those of deliveries. */
  sagas: Pick<Sagas<AppointmentTables>, 'startIn' | 'find'>;
  deliverWebhook: DeliverWebhook;
  endpoints: readonly WebhookEndpoint[];
}

export type Webhooks = ReturnType<typeof createWebhooks>;

/** Begins the deliveries of a booking's events, in the transactions that make them true. */
export function createWebhooks({ database, sagas, deliverWebhook, endpoints }: WebhooksDependencies) {
  const wants = (type: WebhookEvent) => endpoints.some(({ events }) => events.includes(type));

  /**
   * Begins the deliveries of an event in a transaction of the caller's: they are there exactly if it commits. An event that was
   * begun before is left alone.
   *
   * @param saga as the transaction leaves it: receivers get the booking that it makes
   */
  async function startIn(tables: Tables, type: WebhookEvent, booking: Booking, saga: SagaRecord): Promise<void> {
    const timestamp = new Date(saga.updatedAt).toISOString();
    const body = JSON.stringify({ type, timestamp, data: presentBooking(booking, saga) });
    for (const { url, events } of endpoints) {
      if (!events.includes(type)) continue;
      const webhookId = toWebhookId(booking.id, type, url);
      await sagas.startIn(tables, deliverWebhook, { id: webhookId, input: { webhookId, type, url, body } });
    }
  }

  async function tell(tables: Tables, type: WebhookEvent, saga: SagaRecord): Promise<void> {
    const booking = wants(type) && (await findBooking(tables, saga.id));
    if (booking) await startIn(tables, type, booking, saga);
  }

  return {
    startIn,
    /**
     * Announces an event from a step of the booking's saga, such as `booking.requires_action` before the saga waits for the
     * cardholder: `run: ({ id }) => webhooks.announce(id, 'booking.requires_action')`. A step that is run twice announces once.
     * Receivers get the booking as it is shown while it waits.
     *
     * @param bookingId which is the saga's id
     * @throws what the store throws; the step is retried then
     */
    async announce(bookingId: string, type: WebhookEvent): Promise<null> {
      const saga = wants(type) ? await sagas.find(bookingId) : undefined;
      if (saga) await database.transaction((tables) => tell(tables, type, { ...saga, status: 'waiting' }));
      return null;
    },
    /** For the definition of bookings: an undecided one that an operator cancels is told of when it has ended. */
    async onOutcome(tables: Tables, { completed, saga }: Outcome<unknown>): Promise<void> {
      if (completed) await tell(tables, 'booking.confirmed', saga);
      else if (saga.goal === 'undo') await tell(tables, 'booking.failed', saga);
    },
    /** For the definition of bookings. */
    async onEnd(tables: Tables, saga: SagaRecord): Promise<void> {
      if (saga.status === 'cancelled') await tell(tables, 'booking.cancelled', saga);
    },
  };
}
