import type { StepRecord } from 'durable-saga';
import type { Mark } from './marks.ts';
import { capitalize, sayReason, sayStep } from './plain-words.ts';

/** One attempt that failed. */
export interface FailedAttempt {
  number: number;
  at: number;
  /** Since the step or undo began, or since the attempt before it failed; null where the log no longer has that. */
  afterMs: number | null;
  code: string;
}

/** One thing that happened to a booking. */
export interface TimelineEntry {
  /** On the way out, or on the way back. */
  way: 'out' | 'back';
  /** Entries of one row belong together: a step and its undo, the beginning and the end of the way back. */
  row: number;
  kind: 'begin' | 'step' | 'turn' | 'undo' | 'wait' | 'end';
  mark: Mark;
  title: string;
  /** The state in a word, where the title does not say it. */
  word?: string;
  detail?: string | undefined;
  service?: string;
  at: number | null;
  durationMs?: number | undefined;
  attempts?: number;
  failures?: FailedAttempt[];
  /** Failed attempts that the log no longer has. */
  forgotten?: number;
}

type Effort = Pick<StepRecord, 'attempts' | 'startedAt' | 'endedAt' | 'code' | 'failures'>;

const STEP_STATES: Record<StepRecord['status'], { mark: Mark; word: string }> = {
  running: { mark: 'pending', word: 'under way' },
  done: { mark: 'confirmed', word: 'done' },
  failed: { mark: 'failed', word: 'failed' },
  unknown: { mark: 'failed', word: 'failed, may have had its effect' },
};

type UndoStatus = NonNullable<StepRecord['undo']>['status'];

const UNDO_STATES: Record<Exclude<UndoStatus, 'registered'>, { mark: Mark; word: string }> = {
  pending: { mark: 'waiting', word: 'to be done' },
  running: { mark: 'compensating', word: 'under way' },
  done: { mark: 'compensated', word: 'done' },
  failed: { mark: 'stuck', word: 'failed so far' },
};

// As many as the saga log keeps of a long row.
const FAILURES_KEPT = 20;

function effortOf({ attempts, startedAt, endedAt, code, failures }: Effort) {
  const lastOne = endedAt !== null && code === null ? 1 : 0;
  // A short row is kept in full; an attempt without a failure is then under way, or a crash cut it short.
  const forgotten = failures.length < FAILURES_KEPT ? 0 : Math.max(0, attempts - failures.length - lastOne);
  const kept = failures.map(({ at, code }, index) => ({
    number: forgotten + index + 1,
    at,
    afterMs: index === 0 && forgotten > 0 ? null : at - (failures[index - 1]?.at ?? startedAt ?? at),
    code,
  }));
  return {
    at: startedAt,
    durationMs: startedAt !== null && endedAt !== null ? endedAt - startedAt : undefined,
    attempts,
    failures: kept,
    forgotten,
  };
}

function sayResult({ status, result, code }: StepRecord): string | undefined {
  if (status === 'failed' || status === 'unknown') return code === null ? undefined : capitalize(sayReason(code));
  const { appointmentId, time, fee, payment_id: paymentId } = (result ?? {}) as Record<string, string | undefined>;
  if (appointmentId) return `Appointment ${appointmentId} at ${time}, fee ${fee}`;
  return paymentId && `Payment ${paymentId}`;
}

/** A step of the way out. */
export function toStep(step: StepRecord, index: number): TimelineEntry {
  const { name, service } = sayStep(step.name);
  const detail = sayResult(step);
  return {
    way: 'out',
    row: index + 2,
    kind: 'step',
    title: name,
    service,
    detail,
    ...STEP_STATES[step.status],
    ...effortOf(step),
  };
}

/** Its undo, where one was called for. */
export function toUndo(step: StepRecord, index: number): TimelineEntry[] {
  if (!step.undo || step.undo.status === 'registered') return [];
  const { undo: title, service } = sayStep(step.name);
  return [
    {
      way: 'back',
      row: index + 2,
      kind: 'undo',
      title,
      service,
      ...UNDO_STATES[step.undo.status],
      ...effortOf(step.undo),
    },
  ];
}
