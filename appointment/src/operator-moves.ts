import { labelRequest, type ProblemKind } from '@appointments/chassis';
import { type Mover, NotPossible, type SagaRecord, type Sagas } from 'durable-saga';
import { limitTime } from 'durable-store/time-limit';
import type { AppointmentTables } from './booking-store.ts';
import type { BookingFinder } from './find-bookings.ts';
import { bookingNotConfirmed, bookingNotStuck } from './problems.ts';

export interface OperatorMovesDependencies {
  sagas: Sagas<AppointmentTables>;
  find: BookingFinder['find'];
  /** How long an operator is made to wait for what a move brings, in milliseconds. */
  deadlineMs: number;
}

export type OperatorMoves = ReturnType<typeof createOperatorMoves>;

const OPERATOR: Mover = { by: 'operator' };

/** What operators do to bookings. A move is waited for, though no longer than a client waits for a booking. */
export function createOperatorMoves({ sagas, find, deadlineMs }: OperatorMovesDependencies) {
  async function moveAndShow(id: string, move: Sagas<AppointmentTables>['cancel'], before: SagaRecord | undefined) {
    if (before) labelRequest('saga', id);
    using deadline = limitTime(deadlineMs);
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
    const before = await sagas.find(id);
    // The client of one that is pending waits for it, and gets its response within seconds.
    if (before?.status === 'pending') throw bookingNotConfirmed();
    return moveAndShow(id, sagas.cancel, before).catch(refuseIfNotPossible(bookingNotConfirmed));
  }

  /** @throws Problem 404 `booking_not_found`, 409 `booking_not_stuck` */
  async function retry(id: string) {
    return moveAndShow(id, sagas.retry, await sagas.find(id)).catch(refuseIfNotPossible(bookingNotStuck));
  }

  return { cancel, retry };
}

function refuseIfNotPossible(refusal: ProblemKind) {
  return (error: unknown): never => {
    throw error instanceof NotPossible ? refusal({ cause: error }) : error;
  };
}
