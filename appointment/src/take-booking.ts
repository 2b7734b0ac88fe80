import { randomUUIDv7 } from 'node:crypto';
import { type IdempotentRequest, labelRequest, nameKey, type Reply } from '@appointments/chassis';
import { BulkheadRejectedError, bulkhead } from 'cockatiel';
import { isEnded, OutcomeUnknown, type SagaDefinition, type Sagas } from 'durable-saga';
import type { Booked } from './book-appointment.ts';
import type { AppointmentTables, Booking } from './booking-store.ts';
import { AlreadyReplied, type BookingWrites } from './booking-writes.ts';
import { deadlineIn } from './deadline.ts';
import { bookingPath } from './present-booking.ts';
import { outcomeUnknown, overloaded } from './problems.ts';
import type { BookingBody, BookingRequest } from './schema.ts';

export interface TakeBookingDependencies {
  sagas: Sagas<AppointmentTables>;
  bookAppointment: SagaDefinition<BookingRequest, Booked, string>;
  writes: BookingWrites;
  /** By when a client gets its response, in milliseconds. */
  deadlineMs: number;
  maxInFlight: number;
  /** Called for every booking that is refused because too much is in flight. */
  shed: () => void;
}

export type TakeBooking = ReturnType<typeof createTakeBooking>['takeBooking'];

/** Takes bookings from clients: each gets a place, is stored with its key, and gets its response by its deadline. */
export function createTakeBooking({
  sagas,
  bookAppointment,
  writes,
  deadlineMs,
  maxInFlight,
  shed,
}: TakeBookingDependencies) {
  const places = bulkhead(maxInFlight, 0);
  places.onReject(shed);

  /**
   * Books an appointment and waits for the outcome.
   *
   * @param idempotent the client's key, where it sent one
   * @param respondAsync whether the client gets 202 as soon as the booking has begun
   * @throws Problem 503 `overloaded`, 503 `outcome_unknown`; 409 and 422 for the key
   */
  async function takeBooking(
    body: BookingBody,
    idempotent: IdempotentRequest | undefined,
    respondAsync: boolean,
  ): Promise<Reply> {
    const replied = Promise.withResolvers<Reply>();
    places.execute(() => book(body, idempotent, respondAsync, replied.resolve)).catch(replied.reject);
    try {
      return await replied.promise;
    } catch (error) {
      if (error instanceof AlreadyReplied) return { ...error.reply, replayed: true };
      throw error instanceof BulkheadRejectedError ? overloaded() : error;
    }
  }

  /** Resolves when the booking's place is free again. */
  async function book(
    { cardNum, ...request }: BookingBody,
    idempotent: IdempotentRequest | undefined,
    respondAsync: boolean,
    reply: (reply: Reply) => void,
  ): Promise<void> {
    using deadline = deadlineIn(deadlineMs);
    const booking = newBooking(request, cardNum, idempotent);
    using taken = writes.take(booking, { idempotent, respondAsync });
    labelRequest('saga', booking.id);
    const starting = sagas.start(bookAppointment, {
      id: booking.id,
      input: request,
      secret: cardNum,
      inTransaction: (tables, saga) => taken.begin(tables, saga),
    });
    const handle = await deadline.before(starting).catch(refuseIfUnknown(booking));
    if (taken.acceptance) reply(taken.acceptance);
    else {
      const outcome = await handle.outcome(deadline).catch(refuseIfUnknown(booking));
      // A slot that is released is free by the time that the client gets its response, where that does not take too long.
      if (!isEnded(outcome.saga)) await handle.rested(deadline).catch(() => {});
      reply(taken.respond(outcome));
    }
    await handle.rested();
  }

  return { takeBooking, inFlight: () => maxInFlight - places.executionSlots };
}

function newBooking(request: BookingRequest, cardNum: string, idempotent: IdempotentRequest | undefined): Booking {
  return {
    ...request,
    id: randomUUIDv7(),
    doctor_key: nameKey(request.doctor),
    card_last_four: cardNum.slice(-4),
    idempotency_key: idempotent?.key ?? null,
  };
}

/** No reply is kept under the client's key: a retry gets the outcome once there is one. */
function refuseIfUnknown(booking: Booking) {
  return (error: unknown): never => {
    if (!(error instanceof OutcomeUnknown)) throw error;
    throw outcomeUnknown({ headers: { location: bookingPath(booking.id) }, cause: error });
  };
}
