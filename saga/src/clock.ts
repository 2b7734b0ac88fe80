import { openSteadyClock, type Store } from 'durable-store';
import type { SagaTables, Tables } from './tables.ts';
import { nodeTimers, type Timers } from './timers.ts';

/** The time that leases and timers go by. */
export interface Clock extends Timers {
  /** Milliseconds since the epoch. */
  now(): number;
}

/**
 * Inside a process time is monotonic, whatever becomes of the wall clock. Where processes share a store, the database's
 * clock counts. Where one process has the store, time begins no earlier than the last write of what is unfinished: what was
 * written before the wall clock was set back comes due as if it had not been.
 *
 * @param now replaces every other clock
 */
export async function openClock(
  store: Store<SagaTables>,
  now?: () => number,
  timers: Timers = nodeTimers,
): Promise<Clock> {
  return { ...timers, now: now ?? (await openSteadyClock(store, store.shared ? 0 : await lastWrite(store.read))) };
}

async function lastWrite(tables: Tables): Promise<number> {
  const { at } = await tables
    .selectFrom('sagas')
    .select(({ fn }) => fn.max('updated_at').as('at'))
    .where(({ or, eb }) => or([eb('due_at', 'is not', null), eb('wake_at', 'is not', null)]))
    .executeTakeFirstOrThrow();
  return at ?? 0;
}
