import { labelRequest, type ProblemKind } from '@appointments/chassis';
import { type Mover, NotPossible, type SagaRecord, type Sagas } from 'durable-saga';
import { limitTime } from 'durable-store/time-limit';
import { type AppointmentTables, BOOKING_SAGA } from './booking-store.ts';
import { bookingNotConfirmed, bookingNotFound, bookingNotStuck } from './problems.ts';

export interface OperatorMovesDependencies {
  sagas: Sagas<AppointmentTables>;
  /** How long an operator is made to wait for what a move brings, in milliseconds. */
  deadlineMs: number;
}

export type OperatorMoves = ReturnType<typeof createOperatorMoves>;

/** What operators do to bookings. A move is waited for, though no longer than a client waits for a booking. */
export function createOperatorMoves({ sagas, deadlineMs }: OperatorMovesDependencies) {
  async function findBookingSaga(id: string): Promise<SagaRecord> {
    const saga = await sagas.find(id);
    if (saga?.name !== BOOKING_SAGA) throw bookingNotFound();
    return saga;
  }

  async function moveAndWait(id: string, move: Sagas<AppointmentTables>['cancel'], mover: Mover, before: SagaRecord) {
    labelRequest('saga', id);
    using deadline = limitTime(deadlineMs);
    const moved = await move(id, mover);
    const hasMoved = moved && moved.history.length > before.history.length;
    // The move holds, however long what it brings takes.
    if (hasMoved) await (await sagas.attach(id))?.rested(deadline).catch(() => {});
  }

  /**
   * Refunds and releases a booking that is confirmed, or rolls back one that is stuck, waiting or paused before its
   * outcome; a booking that was cancelled before is left as it is.
   *
   * When it returns, the booking may still be compensating.
   *
   * @param mover who wants it, and why
   * @throws Problem 404 `booking_not_found`, 409 `booking_not_confirmed`
   */
  async function cancel(id: string, mover: Mover): Promise<void> {
    const before = await findBookingSaga(id);
    // The client of one that is pending waits for it, and gets its response within seconds.
    if (before.status === 'pending') throw bookingNotConfirmed();
    await moveAndWait(id, sagas.cancel, mover, before).catch(refuseIfNotPossible(bookingNotConfirmed));
  }

  /** @throws Problem 404 `booking_not_found`, 409 `booking_not_stuck` */
  async function retry(id: string, mover: Mover): Promise<void> {
    await moveAndWait(id, sagas.retry, mover, await findBookingSaga(id)).catch(refuseIfNotPossible(bookingNotStuck));
  }

  return { cancel, retry };
}

function refuseIfNotPossible(refusal: ProblemKind) {
  return (error: unknown): never => {
    throw error instanceof NotPossible ? refusal({ cause: error }) : error;
  };
}
