import type { Store } from 'durable-store';
import { limitTime } from 'durable-store/time-limit';
import { OutcomeUnknown } from './errors.ts';
import type { Execution } from './execution.ts';
import { follow } from './follow.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import { hasOutcome, isEnded, type SagaRecord } from './record.ts';
import type { SagaTables } from './tables.ts';
import type { Timers } from './timers.ts';

/** How long to wait; without a signal, until the process shuts down. */
export interface Waiting {
  signal?: AbortSignal;
}

/** A saga that is on disk. */
export interface SagaHandle<Result> {
  readonly id: string;
  /** The saga as it was when it was started, or attached to. */
  readonly record: SagaRecord;
  /**
   * Waits until it is final whether the saga completes. What it returns is on disk.
   *
   * @throws OutcomeUnknown when the signal comes first
   */
  outcome(waiting?: Waiting): Promise<Outcome<Result>>;
  /**
   * Waits until the saga has ended, waits for a timer or an event, is stuck or paused, or its run here is over.
   *
   * @returns the record, whose status says which
   * @throws OutcomeUnknown when the signal comes first
   */
  rested(waiting?: Waiting): Promise<SagaRecord>;
}

const RESTING: ReadonlySet<SagaRecord['status']> = new Set(['waiting', 'stuck', 'paused']);
const isResting = (record: SagaRecord): boolean => isEnded(record) || RESTING.has(record.status);

/**
 * @param run the saga's run in this process, where there is one
 */
export function createHandle<Result>(
  { store, clock, shutdown }: { store: Store<SagaTables>; clock: Timers; shutdown: AbortSignal },
  record: SagaRecord,
  run?: Execution,
): SagaHandle<Result> {
  const { id } = record;

  async function unlessAborted<Value>(signal: AbortSignal, work: Promise<Value>): Promise<Value> {
    using limit = limitTime(Number.POSITIVE_INFINITY, signal);
    try {
      return await limit.before(work);
    } catch (cause) {
      throw new OutcomeUnknown('the caller waits no longer', { cause });
    }
  }

  return {
    id,
    record,
    async outcome({ signal = shutdown } = {}) {
      const decided = run && (await unlessAborted(signal, run.milestones.outcome));
      const saga = decided ?? (await follow(store, id, hasOutcome, anyOf(signal, shutdown), clock));
      return outcomeOf<Result>(saga) as Outcome<Result>;
    },
    async rested({ signal = shutdown } = {}) {
      return run
        ? unlessAborted(signal, run.milestones.ended)
        : follow(store, id, isResting, anyOf(signal, shutdown), clock);
    },
  };
}

const anyOf = (signal: AbortSignal, shutdown: AbortSignal): AbortSignal =>
  signal === shutdown ? signal : AbortSignal.any([signal, shutdown]);
