import { overPostgres, watchPostgres } from 'durable-store/testing';
import { vi } from 'vitest';

// Stays real, however fast the faked time goes by.
const realSetTimeout = setTimeout;

// Of the faked time, where no timer goes off before.
const STEP_MS = 100;
// Of 1 ms each. What waits for a lock may wait for the faked time.
const LONGEST_WAIT = 50;
// More than go by between a response and the next query, or in a write to SQLite.
const QUIET_TURNS = 10;

const isResponseAwaited = overPostgres() ? watchPostgres() : () => false;

export const forever = new Promise<never>(() => {});

/** Lets the faked time go by until `condition` holds. */
export async function until(what: string, condition: () => unknown, withinMs = 60_000): Promise<void> {
  const giveUpAt = Date.now() + withinMs;
  for (;;) {
    await storeResponded();
    if (await condition()) return;
    if (Date.now() > giveUpAt) throw new Error(`not within ${withinMs} ms: ${what}`);
    const step = setTimeout(() => {}, STEP_MS);
    await vi.advanceTimersToNextTimerAsync();
    clearTimeout(step);
  }
}

/** Waits in real time until the store has responded, so that the faked time does not run ahead of it. */
async function storeResponded(): Promise<void> {
  for (let quiet = 0, waited = 0; quiet < QUIET_TURNS && waited < LONGEST_WAIT; ) {
    const isAwaited = isResponseAwaited();
    quiet = isAwaited ? 0 : quiet + 1;
    if (isAwaited) waited += 1;
    await new Promise<void>((next) => (isAwaited ? realSetTimeout(next, 1) : setImmediate(next)));
  }
}

/** Lets the faked time go by until the promise is settled. */
export async function settled<Value>(promise: Promise<Value>): Promise<Value> {
  let over = false;
  const note = () => {
    over = true;
  };
  promise.then(note, note);
  await until('the promise is settled', () => over);
  return promise;
}
