import { requestContext, type SpanIds } from '@appointments/chassis';
import { type Failure, traitsOf } from './refusal.ts';

/**
 * Where a saga stands. Terminal: `completed`; `failed` (nothing had to be undone); `compensated` (all was undone);
 * `cancelled` (undone on demand after it had completed). `stuck` is being driven on as well, but wants a person's eye.
 */
export type SagaStatus = 'pending' | 'completed' | 'failed' | 'compensating' | 'compensated' | 'stuck' | 'cancelled';

/** Where the saga is headed: forward, back after a failure, or back because someone cancelled it. */
export type Goal = 'complete' | 'undo' | 'cancel';

/** Something that is tried until it works: a step, or its undo. Times are milliseconds since the epoch. */
export interface Effort {
  attempts: number;
  startedAt: number | null;
  endedAt: number | null;
  /** Why the last attempt failed; null where it did not. */
  code: string | null;
  /** The attempts that failed, the latest last; of a long row only the last ones. */
  failures: Array<{ at: number; code: string }>;
}

export interface StepRecord extends Effort {
  name: string;
  /** `unknown`: it failed, and may have had its effect all the same. */
  status: 'running' | 'done' | 'failed' | 'unknown';
  result: unknown;
  /** Null where the step has no undo. */
  undo: (Effort & { status: 'registered' | 'pending' | 'running' | 'done' | 'failed' }) | null;
}

/** All that the log knows of one saga. */
export interface SagaRecord {
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
  /** The span of the request that began it, for whoever drives it later to link to; null where there was none. */
  readonly trace: SpanIds | null;
  readonly createdAt: number;
  updatedAt: number;
  status: SagaStatus;
  goal: Goal;
  steps: StepRecord[];
  result: unknown;
  failure: Failure | null;
  /** How often in a row the saga was driven and came to no end. */
  stalls: number;
  /** When it may be taken up: the end of the lease while it is driven, of a wait in between, null when it has ended. */
  dueAt: number | null;
  /** Grows with every taking up; whoever holds an older number can no longer write. */
  fence: number;
}

const TERMINAL: ReadonlySet<SagaStatus> = new Set(['completed', 'failed', 'compensated', 'cancelled']);
const FAILURES_KEPT = 20;

export const isTerminal = ({ status }: SagaRecord): boolean => TERMINAL.has(status);

const newEffort = (): Effort => ({ attempts: 0, startedAt: null, endedAt: null, code: null, failures: [] });

/** A step about to run, its undo registered with it. */
export function beginStep(name: string, hasUndo: boolean, at: number): StepRecord {
  const undo = hasUndo ? { ...newEffort(), status: 'registered' as const } : null;
  return { ...newEffort(), name, status: 'running', startedAt: at, result: null, undo };
}

/** A new record, headed forward. */
export function newSagaRecord(id: string, name: string, input: unknown, now: number, leaseUntil: number): SagaRecord {
  const context = requestContext();
  return {
    id,
    name,
    input: asJson(input),
    trace: context ? { traceId: context.traceId, spanId: context.spanId } : null,
    createdAt: now,
    updatedAt: now,
    status: 'pending',
    goal: 'complete',
    steps: [],
    result: null,
    failure: null,
    stalls: 0,
    dueAt: leaseUntil,
    fence: 1,
  };
}

/** Notes an attempt that failed. */
export function noteFailure(effort: Effort, code: string, at: number): void {
  effort.failures = [...effort.failures, { at, code }].slice(-FAILURES_KEPT);
  effort.code = code;
}

/** The value as the log will give it back, so that a story sees the same before a crash and after; throws where JSON has no word for it. */
export const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value) ?? 'null');

/** @param result as JSON */
export function endStep(step: StepRecord, result: unknown, at: number): void {
  Object.assign(step, { status: 'done', result, code: null, endedAt: at });
}

/** @param mayHaveHappened whether any of its attempts may have had its effect */
export function failStep(step: StepRecord, mayHaveHappened: boolean, at: number): void {
  Object.assign(step, { status: mayHaveHappened ? 'unknown' : 'failed', endedAt: at });
}

/** Whether the step may have left something behind that its undo has not removed. */
export function needsUndo({ status, undo }: StepRecord): boolean {
  return undo !== null && undo.status !== 'done' && status !== 'failed';
}

/** @param result as JSON */
export function complete(record: SagaRecord, result: unknown): void {
  Object.assign(record, { status: 'completed', result, stalls: 0 });
}

/** Turns the saga round: what needs undoing is pending from here on. */
export function turnBack(record: SagaRecord, goal: 'undo' | 'cancel', failure: Failure | null): void {
  record.goal = goal;
  record.failure = failure;
  record.stalls = 0;
  for (const step of record.steps) if (step.undo && needsUndo(step)) step.undo.status = 'pending';
  if (record.steps.some(needsUndo)) record.status = 'compensating';
  else record.status = goal === 'cancel' ? 'cancelled' : 'failed';
}

/** The failure that an error means for the saga. */
export function failureOf(error: unknown, step: string | null): Failure {
  const { code, data } = traitsOf(error);
  return { step, code, data };
}

export function endUnwinding(record: SagaRecord): void {
  record.status = record.goal === 'cancel' ? 'cancelled' : 'compensated';
  record.stalls = 0;
}

/** Whether it is certain, for good, if the saga completes: what a client may be told. */
export const isDecided = ({ goal, status }: SagaRecord): boolean => goal !== 'complete' || status === 'completed';

const STUCK_AFTER_STALLS = 5;
const FIRST_STALL_MS = 250;
const LONGEST_STALL_MS = 4_000;

/** Notes that a drive came to no end: the saga waits, longer each time, and is stuck when that has happened often. */
export function noteStall(record: SagaRecord, now: number, random = Math.random()): void {
  record.stalls += 1;
  if (record.stalls >= STUCK_AFTER_STALLS) record.status = 'stuck';
  const wait = Math.min(FIRST_STALL_MS * 2 ** (record.stalls - 1), LONGEST_STALL_MS);
  record.dueAt = now + Math.round(wait * (0.5 + random / 2));
}
