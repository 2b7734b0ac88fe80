import type { Store } from 'durable-store';
import { nodeTimers, type Timers } from './timers.ts';

/** The time that leases and timers go by. */
export interface Clock extends Timers {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Reads the database's clock anew, where that is the one that counts. */
  sync(): Promise<void>;
}

/**
 * Where processes share a store, the database's clock counts. It is read now and then, and in between this process's
 * monotonic clock goes on from there, which no change of the wall clock touches.
 *
 * @param now replaces every other clock
 */
export async function openClock(
  store: Pick<Store<unknown>, 'shared' | 'clock'>,
  now?: () => number,
  timers: Timers = nodeTimers,
): Promise<Clock> {
  if (now) return { ...timers, now, sync: async () => {} };
  if (!store.shared) return { ...timers, now: Date.now, sync: async () => {} };
  let offset = 0;
  const sync = async () => {
    const asked = performance.now();
    const time = await store.clock();
    offset = time - (asked + performance.now()) / 2;
  };
  await sync();
  return { ...timers, now: () => Math.round(performance.now() + offset), sync };
}
