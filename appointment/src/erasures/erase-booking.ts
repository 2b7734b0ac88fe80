import { ERASED_NAME, type IdempotencyKeys, nameKey } from '@appointments/chassis';
import { redactSaga } from 'durable-saga';
import type { Kysely } from 'kysely';
import { type AppointmentTables, findBooking, findBookingByKey } from '../booking-store.ts';
import { listDeliveryIds } from '../webhooks/delivery-store.ts';
import { redactBookingValue, redactDeliveryValue } from './redact-booking.ts';

/**
 * Erases the patient of one booking from all that the orchestrator keeps of it: the booking, its saga, its deliveries, which go
 * on without the name, and the reply under its client's key.
 *
 * @returns whether there is such a booking, and it has ended; one that has not is left as it is
 */
export async function eraseBooking(
  tables: Kysely<AppointmentTables>,
  keys: Pick<IdempotencyKeys, 'erase'>,
  id: string,
): Promise<boolean> {
  const booking = await findBooking(tables, id);
  if (!booking) return false;
  // An erasure that was interrupted comes here again.
  if (booking.name === ERASED_NAME) return true;
  if (!(await redactSaga(tables, id, redactBookingValue(booking.name), { endedOnly: true }))) return false;
  for (const delivery of await listDeliveryIds(tables, id)) {
    await redactSaga(tables, delivery, redactDeliveryValue(booking.name));
  }
  await tables
    .updateTable('bookings')
    .set({ name: ERASED_NAME, name_key: nameKey(ERASED_NAME) })
    .where('id', '=', id)
    .execute();
  const { idempotency_key: key } = booking;
  if (key !== null && (await findBookingByKey(tables, key))?.id === id) await keys.erase(tables, key);
  return true;
}
