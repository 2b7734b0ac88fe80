import type { SagaRecord } from 'durable-saga';
import { type AppointmentDatabase, findBooking } from './booking-store.ts';
import type { FindReferences } from './find-references.ts';
import { presentBooking } from './present-booking.ts';
import { bookingNotFound } from './problems.ts';
import type { BookingsQuery } from './schema.ts';
import { searchBookings } from './search-bookings.ts';

export type BookingFinder = ReturnType<typeof createBookingFinder>;

/** Bookings as they stand, each with its saga. */
export function createBookingFinder(
  database: AppointmentDatabase,
  findSaga: (id: string) => Promise<SagaRecord | undefined>,
  findReferences: FindReferences,
) {
  /** @throws Problem 404 `booking_not_found` */
  async function find(id: string) {
    const saga = await findSaga(id);
    const booking = saga && (await findBooking(database.read, id));
    if (!booking) throw bookingNotFound();
    return presentBooking(booking, saga);
  }

  /** One page, the newest first; it may have less than its limit where there is more to look through. */
  async function list({ limit, cursor, ...filter }: BookingsQuery) {
    const references = await findReferences(filter.q);
    const found = await searchBookings(database.read, filter, { before: cursor, limit, references });
    return { items: await Promise.all(found.ids.map(find)), nextCursor: found.next };
  }

  return { find, list };
}
