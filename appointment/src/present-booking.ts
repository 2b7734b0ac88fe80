import { jsonReply, type Reply } from '@appointments/chassis';
import { type Failure, type Outcome, outcomeOf, type SagaRecord, type SagaStatus, type StepRecord } from 'durable-saga';
import type { Booking } from './booking-store.ts';
import type { WaitingPayment } from './clients/payment-replies.ts';
import { type BookingStatus, maskCard } from './schema.ts';

// Long enough for a peer to come back or a breaker to close, short enough for a client that waits.
const RETRY_AFTER_SECONDS = '2';

const BOOKING_STATUS: Partial<Record<SagaStatus, BookingStatus>> = {
  completed: 'confirmed',
  waiting: 'requires_action',
};
const SAGA_STATUS: Partial<Record<BookingStatus, SagaStatus>> = { confirmed: 'completed', requires_action: 'waiting' };

/** What a booking's status is called in the saga log, and the other way round: they differ in two words. */
export const toBookingStatus = (status: SagaStatus): BookingStatus =>
  BOOKING_STATUS[status] ?? (status as BookingStatus);
export const toSagaStatus = (status: BookingStatus): SagaStatus => SAGA_STATUS[status] ?? (status as SagaStatus);

/** The path of a booking. */
export const bookingPath = (id: string): string => `/bookings/${id}`;

/**
 * The response that the client gets once the outcome is final: the guide's merged reply, or its four-member failure under the
 * status that says why.
 */
export function replyTo(booking: Booking, { completed, result, failure }: Outcome<unknown>): Reply {
  const location = { location: bookingPath(booking.id) };
  if (completed) return jsonReply(200, result, location);
  const status = refusalStatus(failure) ?? 503;
  return jsonReply(status, failureBody(booking), {
    ...location,
    ...(status === 503 && { 'retry-after': RETRY_AFTER_SECONDS }),
  });
}

/** A booking as it stands, as the response to its client or its operator. */
export function bookingReply(status: number, booking: Booking, saga: SagaRecord, headers?: Record<string, string>) {
  return jsonReply(status, presentBooking(booking, saga), { location: bookingPath(booking.id), ...headers });
}

/** The guide's failure: those four members and no other. */
function failureBody({ name, doctor, date }: Booking) {
  return { appointment_status: 'failure', name, doctor, date };
}

/** Whether a booking failed because of what was asked for, such as a card that is declined, and not for a fault. */
export const isRefused = (failure: Failure): boolean => (refusalStatus(failure) ?? 503) < 500;

function refusalStatus({ code, data }: Failure): number | undefined {
  // An operator ended it before it was done; asking again is up to the client.
  if (code === 'cancelled') return 409;
  const { status } = (data ?? {}) as { status?: unknown };
  return typeof status === 'number' ? status : undefined;
}

const toTime = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

function presentEffort(name: string, { status, attempts, startedAt, endedAt, code }: Presentable) {
  return { name, status, attempts, startedAt: toTime(startedAt), endedAt: toTime(endedAt), code };
}

type Presentable = Pick<StepRecord, 'attempts' | 'startedAt' | 'endedAt' | 'code'> & { status: string };

/** The steps as they ran, then the undos that were called for, in the order they run. */
function presentSteps(steps: readonly StepRecord[]) {
  const done = steps.map((step) => presentEffort(step.name, step));
  const undone = steps.toReversed().flatMap(({ name, undo }) => {
    return undo && undo.status !== 'registered' ? [presentEffort(`undo ${name}`, undo)] : [];
  });
  return [...done, ...undone];
}

/** Why a booking is stuck, such as `step_unknown: pay`; undefined where it is not. */
export function stuckReason({ status, reason }: SagaRecord): string | undefined {
  if (status !== 'stuck' || !reason) return undefined;
  return reason.step === null ? reason.code : `${reason.code}: ${reason.step}`;
}

type NextAction = Extract<WaitingPayment, { next_action: unknown }>['next_action'];

/** Where the cardholder confirms the payment; undefined where nobody waits for that. */
export function nextAction(saga: SagaRecord): NextAction | undefined {
  const result = saga.status === 'waiting' ? saga.steps.find(({ name }) => name === 'pay')?.result : undefined;
  return (result as { next_action?: NextAction } | null | undefined)?.next_action;
}

/** Who moved it, when and why, the first move first. */
const presentHistory = ({ history }: SagaRecord) =>
  history.map(({ move, by, at, reason, step, as }) => ({
    move,
    by,
    at: new Date(at).toISOString(),
    reason,
    ...(step !== undefined && { step }),
    ...(as !== undefined && { as }),
  }));

/**
 * A booking as the API shows one.
 *
 * @param withHistory whether it is shown to an operator
 */
export function presentBooking(booking: Booking, saga: SagaRecord, withHistory = false) {
  const reason = stuckReason(saga);
  const action = nextAction(saga);
  return {
    id: booking.id,
    status: toBookingStatus(saga.status),
    name: booking.name,
    doctor: booking.doctor,
    date: booking.date,
    card: maskCard(booking.card_last_four),
    createdAt: toTime(saga.createdAt),
    updatedAt: toTime(saga.updatedAt),
    reply: presentReply(booking, saga),
    steps: presentSteps(saga.steps),
    ...(reason !== undefined && { reason }),
    ...(action !== undefined && { next_action: action }),
    ...(withHistory && { history: presentHistory(saga) }),
  };
}

function presentReply(booking: Booking, saga: SagaRecord): unknown {
  const outcome = outcomeOf(saga);
  return outcome ? JSON.parse(replyTo(booking, outcome).body) : null;
}
