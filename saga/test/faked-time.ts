import { overPostgres } from 'durable-store/testing';
import { vi } from 'vitest';

// A server responds in real time, however fast the faked time goes by.
const realSetTimeout = setTimeout;

export const forever = new Promise<never>(() => {});

/** Lets the faked time go by until `condition` holds. */
export async function until(what: string, condition: () => unknown, withinMs = 60_000): Promise<void> {
  for (let waited = 0; !(await condition()); waited += 20) {
    if (waited > withinMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    await vi.advanceTimersByTimeAsync(20);
    if (overPostgres()) await new Promise((next) => realSetTimeout(next, 2));
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
