import { jsonReply, type Reply } from '@appointments/chassis';
import { isDecided, type SagaRecord, type SagaStatus, type StepRecord } from 'durable-saga';
import type { Booking } from './booking-store.ts';
import { type BookingStatus, maskCard } from './schema.ts';

// Long enough for a peer to come back or a breaker to close, short enough for someone who waits.
const RETRY_AFTER_SECONDS = '2';

/** What a booking's state is called in the saga log, and the other way round: they differ in one word. */
export const toBookingStatus = (status: SagaStatus): BookingStatus => (status === 'completed' ? 'confirmed' : status);
export const toSagaStatus = (status: BookingStatus): SagaStatus => (status === 'confirmed' ? 'completed' : status);

/** The path of a booking. */
export const bookingPath = (id: string): string => `/bookings/${id}`;

/**
 * What the client is answered once the saga is decided: the guide's merged reply, or its four-member failure under the
 * status that says why.
 */
export function replyTo(booking: Booking, saga: SagaRecord): Reply {
  const location = { location: bookingPath(booking.id) };
  if (saga.failure === null) return jsonReply(200, saga.result, location);
  const status = refusalStatus(saga.failure.data) ?? 503;
  return jsonReply(status, failureBody(booking), {
    ...location,
    ...(status === 503 && { 'retry-after': RETRY_AFTER_SECONDS }),
  });
}

/** The guide's failure: those four members and no other. */
function failureBody({ name, doctor, date }: Booking) {
  return { appointment_status: 'failure', name, doctor, date };
}

function refusalStatus(data: unknown): number | undefined {
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

/** A booking as the API shows one. */
export function presentBooking(booking: Booking, saga: SagaRecord) {
  return {
    id: booking.id,
    status: toBookingStatus(saga.status),
    name: booking.name,
    doctor: booking.doctor,
    date: booking.date,
    card: maskCard(booking.card_last_four),
    createdAt: toTime(saga.createdAt),
    updatedAt: toTime(saga.updatedAt),
    reply: isDecided(saga) ? (JSON.parse(replyTo(booking, saga).body) as unknown) : null,
    steps: presentSteps(saga.steps),
  };
}
