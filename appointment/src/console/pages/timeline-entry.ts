import type { StepRecord } from 'durable-saga';
import type { Mark } from './marks.ts';

/** One attempt that failed. */
export interface FailedAttempt {
  number: number;
  at: number;
  /** Since the step or undo began, or since the attempt before it failed; null where the log no longer has that. */
  afterMs: number | null;
  code: string;
}

/** When one of several steps ran, as shares of the time that all of them took, from 0 to 1. */
export interface Lane {
  from: number;
  to: number;
}

/** One thing that happened to a booking. Times are milliseconds since the epoch. */
export interface TimelineEntry {
  /** On the way out, or on the way back. */
  way: 'out' | 'back';
  /** Entries of one row belong together: a step and its undo, the beginning and the end of the way back. */
  row: number;
  /** `fork`: what follows ran side by side. `wait`: a timer or an event. `now`: where a booking stands that has not ended. */
  kind: 'begin' | 'step' | 'wait' | 'fork' | 'move' | 'turn' | 'undo' | 'now' | 'end';
  mark: Mark;
  title: string;
  /** The state in a word, where the title does not say it. */
  word?: string;
  detail?: string | undefined;
  /** When what goes on again and again was done last. */
  last?: { words: string; at: number };
  /** When the wait for it ends at the latest. */
  due?: { words: string; at: number };
  /** What a pivot means for what follows it. */
  pivot?: string;
  /** The reason that an operator gave. */
  said?: string;
  service?: string;
  at: number | null;
  durationMs?: number | undefined;
  attempts?: number;
  failures?: FailedAttempt[];
  /** Failed attempts that the log no longer has. */
  forgotten?: number;
  /** What the line to the next entry stands for, where it is not one thing after another. */
  rail?: 'beside' | 'idle';
  /** Where others ran beside it. */
  lane?: Lane;
}

/** An entry that has no row yet. */
export type Unplaced = Omit<TimelineEntry, 'row'>;

type Effort = Pick<StepRecord, 'attempts' | 'startedAt' | 'endedAt' | 'code' | 'failures'>;

// As many as the saga log keeps of a long row.
const FAILURES_KEPT = 20;

/** When something was tried, for how long, and what came of each attempt. */
export function effortOf({ attempts, startedAt, endedAt, code, failures }: Effort) {
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
