import type { SagaRecord } from 'durable-saga';
import type { Caller } from './access/access-file.ts';
import { type AppointmentDatabase, findBooking, listBookingIds } from './booking-store.ts';
import { presentBooking, toSagaStatus } from './present-booking.ts';
import { bookingNotFound } from './problems.ts';
import type { BookingsQuery } from './schema.ts';

export type BookingFinder = ReturnType<typeof createBookingFinder>;

/** Bookings as they stand, each with its saga. */
export function createBookingFinder(
  database: AppointmentDatabase,
  findSaga: (id: string) => Promise<SagaRecord | undefined>,
) {
  /**
   * @param caller who asks, where that is known
   * @throws Problem 404 `booking_not_found`, for a client's booking to another client as well
   */
  async function find(id: string, caller: Caller | undefined) {
    const saga = await findSaga(id);
    const booking = saga && (await findBooking(database.read, id));
    if (!booking || (caller?.role === 'client' && caller.id !== booking.client)) throw bookingNotFound();
    return presentBooking(booking, saga, caller?.role === 'operator');
  }

  /** One page, the newest first. */
  async function list({ status, doctor, limit, cursor }: BookingsQuery, caller: Caller | undefined) {
    const sagaStatus = status && toSagaStatus(status);
    const ids = await listBookingIds(database.read, { sagaStatus, doctor, before: cursor, limit: limit + 1 });
    const items = await Promise.all(ids.slice(0, limit).map((id) => find(id, caller)));
    return { items, nextCursor: ids.length > limit ? (ids[limit - 1] ?? null) : null };
  }

  return { find, list };
}
