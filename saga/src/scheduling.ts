import type { Reason, SagaRecord } from './record.ts';

// Pure, as those of transitions.ts: when a saga's next run may begin.

/** The saga waits for nothing but timers and events: no worker holds it. */
export function park(record: SagaRecord): SagaRecord {
  const open = record.steps.filter(({ kind, status }) => kind !== undefined && status === 'running');
  const wakeAt = Math.min(...open.map((step) => step.wakeAt ?? Number.POSITIVE_INFINITY));
  return {
    ...record,
    status: 'waiting',
    wakeAt: Number.isFinite(wakeAt) ? wakeAt : null,
    dueAt: null,
    worker: null,
    reschedules: 0,
    reason: null,
  };
}

/** A worker goes on with a saga that waited. */
export function wake(record: SagaRecord): SagaRecord {
  return record.status === 'waiting' ? { ...record, status: 'pending' } : record;
}

const FIRST_WAIT_MS = 250;
/** The longest wait between two runs. */
export const LONGEST_WAIT_MS = 4_000;

export interface Rescheduling {
  reason: Reason;
  /** Whether a retry cannot help before a person or another version of the code does. */
  needsPerson: boolean;
  at: number;
  /** How long a saga may make no progress before it is stuck, in milliseconds. */
  stuckAfterMs: number;
  random?: number;
}

/** The run did not finish: the saga waits, longer each time, and is stuck when it has made no progress for long. */
export function reschedule(record: SagaRecord, rescheduling: Rescheduling): SagaRecord {
  const { reason, needsPerson, at, stuckAfterMs, random = Math.random() } = rescheduling;
  const isStuck = needsPerson || at - record.progressAt >= stuckAfterMs;
  const wait = Math.min(FIRST_WAIT_MS * 2 ** record.reschedules, LONGEST_WAIT_MS);
  return {
    ...record,
    status: isStuck ? 'stuck' : record.status,
    reschedules: record.reschedules + 1,
    reason,
    dueAt: at + Math.round(wait * (0.5 + random / 2)),
    worker: null,
  };
}

/** The process shuts down: the next one claims the saga at once. */
export function release(record: SagaRecord, at: number): SagaRecord {
  return { ...record, dueAt: at, worker: null };
}
