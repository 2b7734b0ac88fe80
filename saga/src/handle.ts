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
   * Waits until it is final whether the saga completes, or until it waits for a timer or an event.
   *
   * @returns the record, whose status says which
   * @throws OutcomeUnknown when the signal comes first
   */
  outcomeOrWaiting(waiting?: Waiting): Promise<SagaRecord>;
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

const hasOutcomeOrWaits = (record: SagaRecord): boolean => hasOutcome(record) || record.status === 'waiting';

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

  /** A run that ends without an outcome leaves it to the log. */
  async function outcomeOr(isThere: (record: SagaRecord) => boolean, signal: AbortSignal): Promise<SagaRecord> {
    const decided = run && (await unlessAborted(signal, run.milestones.outcome));
    return decided ?? follow(store, id, isThere, anyOf(signal, shutdown), clock);
  }

  return {
    id,
    record,
    outcome: async ({ signal = shutdown } = {}) =>
      outcomeOf<Result>(await outcomeOr(hasOutcome, signal)) as Outcome<Result>,
    outcomeOrWaiting: ({ signal = shutdown } = {}) => outcomeOr(hasOutcomeOrWaits, signal),
    async rested({ signal = shutdown } = {}) {
      return run
        ? unlessAborted(signal, run.milestones.ended)
        : follow(store, id, isResting, anyOf(signal, shutdown), clock);
    },
  };
}

const anyOf = (signal: AbortSignal, shutdown: AbortSignal): AbortSignal =>
  signal === shutdown ? signal : AbortSignal.any([signal, shutdown]);
