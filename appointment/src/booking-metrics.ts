import { Counter, DURATION_BUCKETS, Histogram, type Registry } from '@appointments/chassis';
import { isEnded, type SagaEvent, type SagaRecord, type StepRecord } from 'durable-saga';
import { type BookingGaugesOptions, createBookingGauges } from './booking-gauges.ts';
import { BOOKING_STEPS } from './booking-steps.ts';
import { toBookingStatus } from './present-booking.ts';

// What peers call a failure is theirs to choose, so only what is known becomes a label.
const KNOWN_REASONS = new Set([
  ...Object.values(BOOKING_STEPS).flatMap(({ reasons }) => Object.keys(reasons)),
  ...['interrupted', 'deadline_exceeded', 'secret_lost', 'shutdown', 'unexpected_error', 'store_unavailable'],
  ...['step_unknown', 'undo_unknown', 'function_changed', 'function_hangs', 'timed_out', 'ended'],
  ...['refused', 'reset', 'timeout', 'cancelled', 'circuit_open', 'bad_reply', 'unauthorized', 'overloaded'],
  ...['misrouted', 'in_progress'],
]);

const reasonLabel = (code: string) => {
  if (/^http_5\d\d$/.test(code)) return 'http_5xx';
  return KNOWN_REASONS.has(code) ? code : 'other';
};

/**
 * What an operator on call wants to know first: how bookings end and why, how long they take, what is unfinished or stuck,
 * which peer is cut off, and how full the orchestrator is.
 *
 * @returns `observe` for the sagas, `shed` for each booking that is refused because too much is in flight, and
 * `countInFlight`, which gets a function that says how many are
 */
export function createBookingMetrics({ metrics, ...gauges }: BookingGaugesOptions) {
  const { outcomes, failures, duration, stepDuration, attemptsFailed, compensations, stuck, shed } =
    createSeries(metrics);
  const { countInFlight } = createBookingGauges({ metrics, ...gauges });

  function observeSaga(record: SagaRecord, event: SagaEvent): void {
    if (event.status === 'stuck' && record.reason) {
      stuck.inc({ step: record.reason.step ?? 'none', reason: reasonLabel(record.reason.code) });
    }
    if (record.failure && (event.status === 'failed' || (event.status === 'compensating' && isNews(record)))) {
      failures.inc({ step: record.failure.step ?? 'none', reason: reasonLabel(record.failure.code) });
    }
    if (!isEnded(record)) return;
    const outcome = toBookingStatus(record.status);
    outcomes.inc({ outcome });
    // A cancelled booking ended when it was confirmed; how long it stood, or waited for a cardholder, says nothing about us.
    if (outcome !== 'cancelled' && !record.steps.some(({ kind }) => kind === 'wait'))
      duration.observe({ outcome }, (record.updatedAt - record.createdAt) / 1_000);
  }

  function observeEffort(record: SagaRecord, { kind, step = '', status, code = '' }: SagaEvent): void {
    if (status === 'attempt_failed') attemptsFailed.inc({ kind, step, reason: reasonLabel(code) });
    const effort = effortOf(record, kind, step);
    if (status === 'attempt_failed' || !effort?.startedAt || !effort.endedAt) return;
    stepDuration.observe({ kind, step, status }, (effort.endedAt - effort.startedAt) / 1_000);
    if (kind === 'undo') compensations.inc({ step });
  }

  return {
    observe: (record: SagaRecord, event: SagaEvent) =>
      event.kind === 'saga' ? observeSaga(record, event) : observeEffort(record, event),
    shed: () => shed.inc(),
    countInFlight,
  };
}

// Every run that does not come to the end of the undos says that it compensates: one that is left to the next run, which is
// noted, or one that the process ends as it shuts down, when the first undo has begun.
const isNews = ({ reschedules, steps }: SagaRecord): boolean =>
  reschedules === 0 && steps.every(({ undo }) => !undo?.startedAt);

function effortOf(
  { steps }: SagaRecord,
  kind: SagaEvent['kind'],
  name: string,
): StepRecord | StepRecord['undo'] | undefined {
  const step = steps.find((candidate) => candidate.name === name);
  return kind === 'undo' ? step?.undo : step;
}

function createSeries(registry: Registry) {
  const registers = [registry];
  return {
    outcomes: new Counter({
      name: 'bookings_total',
      help: 'Bookings that have ended, by outcome.',
      labelNames: ['outcome'],
      registers,
    }),
    failures: new Counter({
      name: 'booking_failures_total',
      help: 'Bookings that failed or were compensated, by the step that failed and why.',
      labelNames: ['step', 'reason'],
      registers,
    }),
    duration: new Histogram({
      name: 'booking_duration_seconds',
      help: 'Time from the beginning of a booking to its end.',
      labelNames: ['outcome'],
      buckets: DURATION_BUCKETS,
      registers,
    }),
    stepDuration: new Histogram({
      name: 'saga_step_duration_seconds',
      help: 'Time a step or its undo took, its attempts and waits included.',
      labelNames: ['kind', 'step', 'status'],
      buckets: DURATION_BUCKETS,
      registers,
    }),
    attemptsFailed: new Counter({
      name: 'saga_attempts_failed_total',
      help: 'Attempts at a step or an undo that failed, by reason.',
      labelNames: ['kind', 'step', 'reason'],
      registers,
    }),
    compensations: new Counter({
      name: 'saga_compensations_total',
      help: 'Undos that were done.',
      labelNames: ['step'],
      registers,
    }),
    stuck: new Counter({
      name: 'bookings_stuck_total',
      help: 'Runs of a booking that left it stuck, by step and reason.',
      labelNames: ['step', 'reason'],
      registers,
    }),
    shed: new Counter({ name: 'bookings_shed_total', help: 'Bookings refused with 503 overloaded.', registers }),
  };
}
