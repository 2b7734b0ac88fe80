import { NotPossible, type SagaRecord, type Sagas } from 'durable-saga';
import { limitTime } from 'durable-store/time-limit';
import type { Actor } from '../access/actor.ts';
import { type AppointmentDatabase, type AppointmentTables, findBooking } from '../booking-store.ts';
import { bookingNotFound } from '../problems.ts';
import type { DeliverWebhook, Delivery } from './deliver-webhook.ts';
import { listDeliveryIds } from './delivery-store.ts';
import { ordinalOf, toRepeatedId } from './events.ts';
import { type PresentedDelivery, presentDelivery } from './present-delivery.ts';
import { deliveryNotFound } from './problems.ts';

export interface DeliveriesDependencies {
  database: AppointmentDatabase;
  sagas: Sagas<AppointmentTables>;
  deliverWebhook: DeliverWebhook;
  /** How long an operator is made to wait for what a try brings, in milliseconds. */
  deadlineMs: number;
}

export type Deliveries = ReturnType<typeof createDeliveries>;

const SENT_AGAIN = 'sent again';

/** The deliveries of a booking, and sending one again. */
export function createDeliveries({ database, sagas, deliverWebhook, deadlineMs }: DeliveriesDependencies) {
  async function findAll(bookingId: string): Promise<SagaRecord[]> {
    const ids = await listDeliveryIds(database.read, bookingId);
    const found = await Promise.all(ids.map(sagas.find));
    return found.filter((saga) => saga !== undefined);
  }

  /** @throws Problem 404 `booking_not_found` */
  async function list(bookingId: string): Promise<PresentedDelivery[]> {
    if (!(await findBooking(database.read, bookingId))) throw bookingNotFound();
    return (await findAll(bookingId)).map(presentDelivery);
  }

  /**
   * Sends an event again, with the same `webhook-id` and body, as a delivery of its own that takes the place of one that waits for its next
   * try. Where one is being tried at this moment, that is the one.
   *
   * @returns the delivery, after its first try where that does not take too long
   * @throws Problem 404 `booking_not_found`, `delivery_not_found`
   */
  async function sendAgain(bookingId: string, deliveryId: string, { by }: Actor): Promise<PresentedDelivery> {
    const booking = await findBooking(database.read, bookingId);
    if (!booking) throw bookingNotFound();
    const all = await findAll(bookingId);
    const input = all.find(({ id }) => id === deliveryId)?.input as Delivery | undefined;
    if (!input) throw deliveryNotFound();
    const ofEvent = all.filter((saga) => (saga.input as Delivery).webhookId === input.webhookId);
    const underWay = ofEvent.find(({ status }) => status === 'pending');
    if (underWay) return presentDelivery(underWay);
    // Not their number: the earlier ones are removed before the later ones.
    const latest = Math.max(...ofEvent.map((saga) => ordinalOf(saga.id, input.webhookId)));
    const id = toRepeatedId(input.webhookId, latest + 1);
    const handle = await sagas.start(deliverWebhook, {
      id,
      input,
      subject: bookingId,
      // Its patient may be erased meanwhile, and the body that was read has the name. An erasure takes the same lock.
      async inTransaction(tables) {
        await tables.selectFrom('sagas').select('id').where('id', '=', bookingId).forUpdate().execute();
        if ((await findBooking(tables, bookingId))?.name !== booking.name) throw deliveryNotFound();
      },
    });
    // In this order: a crash in between sends it twice, and not never.
    for (const waiting of ofEvent.filter(({ status }) => status === 'waiting')) await cancel(waiting.id, by);
    using deadline = limitTime(deadlineMs);
    const saga = await handle.rested({ signal: deadline.signal }).catch(() => sagas.find(id));
    return presentDelivery(saga as SagaRecord);
  }

  async function cancel(id: string, by: string): Promise<void> {
    await sagas.cancel(id, { by, reason: SENT_AGAIN }).catch((error: unknown) => {
      // It has ended meanwhile.
      if (!(error instanceof NotPossible)) throw error;
    });
  }

  return { list, sendAgain };
}
