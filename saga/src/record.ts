import type { Failure } from './errors.ts';
import type { Json } from './json.ts';
import type { SpanIds } from './span-ids.ts';
import { ENDED_STATUSES, type Goal, type SagaStatus } from './status.ts';

/** Something that is tried until it succeeds: a step, or its undo. Times are milliseconds since the epoch. */
export interface Effort {
  readonly attempts: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  /** Why the last attempt failed; null where it did not. */
  readonly code: string | null;
  /** The attempts that failed, the latest last; of a long row only the last ones. */
  readonly failures: ReadonlyArray<{ readonly at: number; readonly code: string }>;
}

/** `registered`: on disk, and not called for. */
export interface UndoRecord extends Effort {
  readonly status: 'registered' | 'pending' | 'running' | 'done' | 'failed';
}

/** One entry of the log: a step that the function called, or something that it waits for. */
export interface StepRecord extends Effort {
  readonly name: string;
  /** Tells uses of one step apart; left out where the function gave none. */
  readonly key?: string;
  /** Left out for a step. */
  readonly kind?: 'sleep' | 'wait' | 'child';
  readonly input?: Json;
  /** `unknown`: it failed, and may have had its effect all the same. */
  readonly status: 'running' | 'done' | 'failed' | 'unknown';
  readonly result: Json;
  /** When it ended among the entries of the log, from 1; left out until then, and in logs of earlier versions. */
  readonly order?: number;
  /** What the error that failed it came with. */
  readonly data?: Json;
  /** Whether it was refused, rather than given up. */
  readonly refused?: true;
  readonly pivot?: true;
  /** Until when it waits. */
  readonly wakeAt?: number;
  /** The id of the saga that it started. */
  readonly child?: string;
  /** Null where the step has no undo. */
  readonly undo: UndoRecord | null;
}

/** Why the last run did not finish. */
export interface Reason {
  readonly code: string;
  readonly step: string | null;
}

/** One move of an operator. */
export interface Move {
  readonly move: 'cancel' | 'retry' | 'pause' | 'resume' | 'resolve';
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly by: string;
  readonly reason: string | null;
  /** What was resolved, and as what. */
  readonly step?: string;
  readonly key?: string;
  readonly as?: 'done' | 'undone';
  /** Tells a move that is written twice from two moves. */
  readonly id: string;
}

/** What waits for a saga's outcome. */
export interface Parent {
  /** The id of the saga. */
  readonly saga: string;
  /** The event that it waits for. */
  readonly event: string;
}

/** All that the log knows of one saga. It never changes: a transition makes a new one. */
export interface SagaRecord {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly input: Json;
  /** The span that began it; null where there was none. */
  readonly trace: SpanIds | null;
  /** The saga that started it and waits for it; null where none does. */
  readonly parent: Parent | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly status: SagaStatus;
  readonly goal: Goal;
  readonly steps: readonly StepRecord[];
  readonly result: Json;
  readonly failure: Failure | null;
  /** How many runs in a row did not finish, without progress in between. */
  readonly reschedules: number;
  /** Why the last of them did not. */
  readonly reason: Reason | null;
  /** When it last got further. */
  readonly progressAt: number;
  /** When a worker may claim it: the end of the lease while it runs, of the wait between two runs; null where it may not. */
  readonly dueAt: number | null;
  /** When its next timer goes off; null where it waits for none. */
  readonly wakeAt: number | null;
  /** The worker that holds its lease; null where none does. */
  readonly worker: string | null;
  /** The fencing token: grows with every claim and every operator's move. A run that holds an older one cannot write. */
  readonly fence: number;
  /** Grows with every write of a run, so that a write whose commit was not acknowledged is recognised. */
  readonly revision: number;
  readonly history: readonly Move[];
}

const ENDED: ReadonlySet<SagaStatus> = new Set(ENDED_STATUSES);

/** Whether nothing more will happen to the saga by itself. */
export const isEnded = ({ status }: Pick<SagaRecord, 'status'>): boolean => ENDED.has(status);

/** Whether it is final if the saga completes: what a client may be told. */
export const hasOutcome = ({ goal, status }: Pick<SagaRecord, 'goal' | 'status'>): boolean =>
  goal !== 'complete' || status === 'completed';

/** Whether the saga can only go forward. */
export const isPastPivot = ({ steps }: Pick<SagaRecord, 'steps'>): boolean =>
  steps.some(({ pivot, status }) => pivot === true && status === 'done');

/** Whether the step may have left something behind that its undo has not removed. */
export const needsUndo = ({ status, undo }: StepRecord): boolean =>
  undo !== null && undo.status !== 'done' && status !== 'failed';
