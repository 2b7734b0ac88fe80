import type { IdempotencyKeys } from '@appointments/chassis';
import type { Outcome } from 'durable-saga';
import type { Kysely } from 'kysely';
import type { Booked } from './book-appointment.ts';
import { type AppointmentTables, type Booking, findBooking } from './booking-store.ts';
import { replyTo } from './present-booking.ts';

export type KeptReplies = ReturnType<typeof createKeptReplies>;

/** Keeps the reply for a client's retries, in the transaction that makes the outcome final. */
export function createKeptReplies(keys: IdempotencyKeys) {
  // A booking that this process has taken need not be read again.
  const taken = new Map<string, Booking>();

  return {
    /** Remembers a booking until it is disposed of. */
    remember(booking: Booking): Disposable {
      taken.set(booking.id, booking);
      return { [Symbol.dispose]: () => void taken.delete(booking.id) };
    },
    async onOutcome(tables: Kysely<AppointmentTables>, outcome: Outcome<Booked>): Promise<void> {
      const { id } = outcome.saga;
      const booking = taken.get(id) ?? (await findBooking(tables, id));
      if (booking?.idempotency_key) await keys.complete(tables, booking.idempotency_key, replyTo(booking, outcome));
    },
  };
}
