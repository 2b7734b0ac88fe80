import { labelRequest, type ProblemKind, problemOf } from '@appointments/chassis';
import { NotPossible, type SagaRecord, type Sagas } from 'durable-saga';
import { limitTime } from 'durable-store/time-limit';
import type { Actor } from './access/actor.ts';
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

export interface OperatorActionsDependencies {
  /** Finds bookings that are stuck. */
  findStuck(): Promise<Pick<FoundPage, 'ids' | 'next'>>;
  sagas: Sagas<AppointmentTables>;
  /** How long an operator is made to wait for what an action brings, in milliseconds. */
  deadlineMs: number;
}

export type OperatorActions = ReturnType<typeof createOperatorActions>;

/** What operators do to bookings. An action is waited for, though no longer than a client waits for a booking. */
export function createOperatorActions({ sagas, findStuck, deadlineMs }: OperatorActionsDependencies) {
  async function findBookingSaga(id: string): Promise<SagaRecord> {
    const saga = await sagas.find(id);
    if (saga?.name !== BOOKING_SAGA) throw bookingNotFound();
    return saga;
  }

  async function actAndWait(id: string, act: Sagas<AppointmentTables>['cancel'], actor: Actor, before: SagaRecord) {
    labelRequest('saga', id);
    using deadline = limitTime(deadlineMs);
    const after = await act(id, actor);
    const hasActed = after && after.history.length > before.history.length;
    // The action holds, however long what it brings takes.
    if (hasActed) await (await sagas.attach(id))?.rested(deadline).catch(() => {});
  }

  /**
   * Refunds and releases a booking that is confirmed, or rolls back one that is stuck, waiting or paused before its
   * outcome; a booking that was cancelled before is left as it is.
   *
   * When it returns, the booking may still be compensating.
   *
   * @param actor who wants it, and why
   * @throws Problem 404 `booking_not_found`, 409 `booking_not_confirmed`
   */
  async function cancel(id: string, actor: Actor): Promise<void> {
    const before = await findBookingSaga(id);
    // The client of one that is pending waits for it, and gets its response within seconds.
    if (before.status === 'pending') throw bookingNotConfirmed();
    await actAndWait(id, sagas.cancel, actor, before).catch(refuseIfNotPossible(bookingNotConfirmed));
  }

  /** @throws Problem 404 `booking_not_found`, 409 `booking_not_stuck` */
  async function retry(id: string, actor: Actor): Promise<void> {
    await actAndWait(id, sagas.retry, actor, await findBookingSaga(id)).catch(refuseIfNotPossible(bookingNotStuck));
  }

  /**
   * Keeps a booking from being worked on until it is resumed. A card number is lost with that, so a booking by card that was not
   * paid is rolled back then.
   *
   * @throws Problem 404 `booking_not_found`, 409 `booking_ended`
   */
  async function pause(id: string, actor: Actor): Promise<void> {
    await findBookingSaga(id);
    labelRequest('saga', id);
    await sagas.pause(id, actor).catch(refuseIfNotPossible(bookingEnded));
  }

  /** @throws Problem 404 `booking_not_found`, 409 `booking_not_paused` */
  async function resume(id: string, actor: Actor): Promise<void> {
    await actAndWait(id, sagas.resume, actor, await findBookingSaga(id)).catch(refuseIfNotPossible(bookingNotPaused));
  }

  /**
   * Settles a step by hand that no retry can settle, of a booking that is stuck or paused.
   *
   * @throws Problem 404 `booking_not_found`, 409 `step_not_open`
   */
  async function resolve(id: string, { step, outcome, result, reason }: ResolutionBody, { by }: Actor): Promise<void> {
    const settle = (_: string, actor: Actor) =>
      sagas.resolve(id, { step, as: outcome, ...(result && { result }), ...actor });
    const before = await findBookingSaga(id);
    await actAndWait(id, settle, { by, reason }, before).catch(refuseIfNotPossible(stepNotOpen));
  }

  /**
   * Runs many stuck bookings at once, without waiting for what that brings.
   *
   * @returns what became of each, and whether there are more that are stuck
   */
  async function retryMany(wanted: RetriesBody, actor: Actor) {
    const { ids, next } = wanted.ids ? { ids: wanted.ids, next: null } : await findStuck();
    const items: Array<{ id: string; code: string | null }> = [];
    for (const id of ids) items.push({ id, code: await retryOne(id, actor) });
    return { items, more: next !== null };
  }

  /** @returns why it cannot be retried; null where it is */
  async function retryOne(id: string, actor: Actor): Promise<string | null> {
    try {
      await findBookingSaga(id);
      await sagas.retry(id, actor);
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
