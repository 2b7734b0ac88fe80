import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SagaRecord } from 'durable-saga';
import type { Caller } from './access/access-file.ts';
import { type AppointmentDatabase, findBooking } from './booking-store.ts';
import type { FindReferences } from './find-references.ts';
import { presentBooking } from './present-booking.ts';
import { bookingNotFound } from './problems.ts';
import type { BookingsQuery } from './schema.ts';
import { searchBookings } from './search-bookings.ts';

// A few milliseconds of work.
const TOGETHER = 10;

export type BookingFinder = ReturnType<typeof createBookingFinder>;

/** Bookings as they stand, each with its saga. */
export function createBookingFinder(
  database: AppointmentDatabase,
  findSaga: (id: string) => Promise<SagaRecord | undefined>,
  findReferences: FindReferences,
) {
  async function findIfThere(id: string, caller: Caller | undefined) {
    const saga = await findSaga(id);
    const booking = saga && (await findBooking(database.read, id));
    if (!booking || (caller?.role === 'client' && caller.id !== booking.client)) return undefined;
    return presentBooking(booking, saga, caller?.role === 'operator');
  }

  /**
   * @param caller who asks, where that is known
   * @throws Problem 404 `booking_not_found`, for a client's booking to another client as well
   */
  async function find(id: string, caller: Caller | undefined) {
    const booking = await findIfThere(id, caller);
    if (!booking) throw bookingNotFound();
    return booking;
  }

  /** One page, the newest first; it may have less than its limit where there is more to look through. */
  async function list({ limit, cursor, ...filter }: BookingsQuery, caller: Caller | undefined) {
    const references = await findReferences(filter.q);
    const found = await searchBookings(database.read, filter, { before: cursor, limit, references });
    const items: Awaited<ReturnType<typeof find>>[] = [];
    for (let first = 0; first < found.ids.length; first += TOGETHER) {
      // SQLite responds at once, so that without this nobody else would have the event loop before the page is read.
      await nextTurn();
      const some = found.ids.slice(first, first + TOGETHER);
      const there = await Promise.all(some.map((id) => findIfThere(id, caller)));
      // One that is old may have been removed meanwhile.
      items.push(...there.filter((booking) => booking !== undefined));
    }
    return { items, nextCursor: found.next };
  }

  return { find, list };
}
