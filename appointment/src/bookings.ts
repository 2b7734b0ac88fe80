import { labelRequest, type ProblemKind } from '@appointments/chassis';
import { type Mover, NotPossible, type SagaRecord, type Sagas } from 'durable-saga';
import { type AppointmentDatabase, type AppointmentTables, findBooking, listBookingIds } from './booking-store.ts';
import { deadlineIn } from './deadline.ts';
import { presentBooking, toSagaStatus } from './present-booking.ts';
import { bookingNotConfirmed, bookingNotFound, bookingNotStuck } from './problems.ts';
import type { BookingsQuery } from './schema.ts';

export interface BookingsDependencies {
  database: AppointmentDatabase;
  sagas: Sagas<AppointmentTables>;
  /** How long an operator is made to wait for what a move brings, in milliseconds. */
  deadlineMs: number;
}

export type Bookings = ReturnType<typeof createBookings>;

const OPERATOR: Mover = { by: 'operator' };

/** Bookings as a resource: looked at by anyone who knows the id, cancelled and retried by operators. */
export function createBookings({ database, sagas, deadlineMs }: BookingsDependencies) {
  async function present(saga: SagaRecord | undefined) {
    const booking = saga && (await findBooking(database.read, saga.id));
    if (!booking) throw bookingNotFound();
    return presentBooking(booking, saga);
  }

  /** @throws Problem 404 `booking_not_found` */
  async function find(id: string) {
    return present(await sagas.find(id));
  }

  async function list({ status, doctor, limit, cursor }: BookingsQuery) {
    const sagaStatus = status && toSagaStatus(status);
    const ids = await listBookingIds(database.read, { sagaStatus, doctor, before: cursor, limit: limit + 1 });
    const items = await Promise.all(ids.slice(0, limit).map(find));
    return { items, nextCursor: ids.length > limit ? (ids[limit - 1] ?? null) : null };
  }

  /**
   * Makes a move, waits for what it brings, though no longer than a client waits for a booking, and shows that.
   *
   * @param isAllowed whether a saga of this status may be moved so
   * @throws NotPossible
   */
  async function moveAndShow(
    id: string,
    move: (id: string, mover: Mover) => Promise<SagaRecord | undefined>,
    isAllowed: (status: SagaRecord['status']) => boolean,
  ) {
    const before = await sagas.find(id);
    if (before && !isAllowed(before.status)) throw new NotPossible(before.status);
    if (before) labelRequest('saga', id);
    using deadline = deadlineIn(deadlineMs);
    const moved = await move(id, OPERATOR);
    const hasMoved = moved && moved.history.length > (before?.history.length ?? 0);
    // The move holds, however long what it brings takes.
    if (hasMoved) await (await sagas.attach(id))?.rested(deadline).catch(() => {});
    return find(id);
  }

  /**
   * Refunds and releases a booking that is confirmed, or rolls back one that is stuck, waiting or paused before its
   * outcome; a booking that was cancelled before is left as it is.
   *
   * @returns the booking, which may still be compensating
   * @throws Problem 404 `booking_not_found`, 409 `booking_not_confirmed`
   */
  async function cancel(id: string) {
    // The client of one that is pending waits for it, and gets its response within seconds.
    const isAllowed = (status: SagaRecord['status']) => status !== 'pending';
    return moveAndShow(id, sagas.cancel, isAllowed).catch(refuseIfNotPossible(bookingNotConfirmed));
  }

  /** @throws Problem 404 `booking_not_found`, 409 `booking_not_stuck` */
  async function retry(id: string) {
    return moveAndShow(id, sagas.retry, () => true).catch(refuseIfNotPossible(bookingNotStuck));
  }

  return { find, list, cancel, retry };
}

function refuseIfNotPossible(refusal: ProblemKind) {
  return (error: unknown): never => {
    throw error instanceof NotPossible ? refusal({ cause: error }) : error;
  };
}
