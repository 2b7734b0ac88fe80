import { labelRequest, type ProblemKind, problemOf } from '@appointments/chassis';
import { type Mover, NotPossible, type SagaRecord, type Sagas } from 'durable-saga';
import { limitTime } from 'durable-store/time-limit';
import { type AppointmentTables, BOOKING_SAGA } from './booking-store.ts';
import {
  bookingEnded,
  bookingNotConfirmed,
  bookingNotFound,
  bookingNotPaused,
  bookingNotStuck,
  stepNotOpen,
} from './problems.ts';
import type { ResolutionBody, RetriesBody } from './schema.ts';
import type { FoundPage } from './search-bookings.ts';

export interface OperatorMovesDependencies {
  /** Finds bookings that are stuck. */
  findStuck(): Promise<Pick<FoundPage, 'ids' | 'next'>>;
  sagas: Sagas<AppointmentTables>;
  /** How long an operator is made to wait for what a move brings, in milliseconds. */
  deadlineMs: number;
}

export type OperatorMoves = ReturnType<typeof createOperatorMoves>;

/** What operators do to bookings. A move is waited for, though no longer than a client waits for a booking. */
export function createOperatorMoves({ sagas, findStuck, deadlineMs }: OperatorMovesDependencies) {
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

  /**
   * Keeps a booking from being worked on until it is resumed. A card number is lost with that, so a booking by card that was not
   * paid is rolled back then.
   *
   * @throws Problem 404 `booking_not_found`, 409 `booking_ended`
   */
  async function pause(id: string, mover: Mover): Promise<void> {
    await findBookingSaga(id);
    labelRequest('saga', id);
    await sagas.pause(id, mover).catch(refuseIfNotPossible(bookingEnded));
  }

  /** @throws Problem 404 `booking_not_found`, 409 `booking_not_paused` */
  async function resume(id: string, mover: Mover): Promise<void> {
    await moveAndWait(id, sagas.resume, mover, await findBookingSaga(id)).catch(refuseIfNotPossible(bookingNotPaused));
  }

  /**
   * Settles a step by hand that no retry can settle.
   *
   * @throws Problem 404 `booking_not_found`, 409 `step_not_open`
   */
  async function resolve(id: string, { step, outcome, result, reason }: ResolutionBody, { by }: Mover): Promise<void> {
    const settle = (_: string, mover: Mover) =>
      sagas.resolve(id, { step, as: outcome, ...(result && { result }), ...mover });
    const before = await findBookingSaga(id);
    await moveAndWait(id, settle, { by, reason }, before).catch(refuseIfNotPossible(stepNotOpen));
  }

  /**
   * Runs many stuck bookings at once, without waiting for what that brings.
   *
   * @returns what became of each, and whether there are more that are stuck
   */
  async function retryMany(wanted: RetriesBody, mover: Mover) {
    const { ids, next } = wanted.ids ? { ids: wanted.ids, next: null } : await findStuck();
    const items: Array<{ id: string; code: string | null }> = [];
    for (const id of ids) items.push({ id, code: await retryOne(id, mover) });
    return { items, more: next !== null };
  }

  /** @returns why it cannot be retried; null where it is */
  async function retryOne(id: string, mover: Mover): Promise<string | null> {
    try {
      await findBookingSaga(id);
      await sagas.retry(id, mover);
      return null;
    } catch (error) {
      if (error instanceof NotPossible) return bookingNotStuck.code;
      const problem = problemOf(error);
      if (!problem || problem.status >= 500) throw error;
      return problem.code;
    }
  }

  return { cancel, retry, pause, resume, resolve, retryMany };
}

function refuseIfNotPossible(refusal: ProblemKind) {
  return (error: unknown): never => {
    throw error instanceof NotPossible ? refusal({ cause: error }) : error;
  };
}
