import { type Saga, StepFailed } from 'durable-saga';

const FIRST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 60_000;

export interface WaitOrAsk<Answer> {
  /** The event by which the peer says that it has decided. */
  event: string;
  /** How long to wait in all, in milliseconds; an event that comes before the decision begins the current interval anew. */
  timeoutMs: number;
  /** Runs a step that asks what is known by then, null where nothing is; it uses the key. */
  ask(key: string): Promise<Answer | null>;
}

/**
 * Waits in a saga for what a peer decides later. An event wakes the saga, which then asks; it asks as well in growing
 * intervals, in case the event is lost.
 *
 * @returns the first answer; undefined where there was none in time
 * @throws what `ask` throws
 */
export async function waitOrAsk<Answer>(
  saga: Pick<Saga<never>, 'waitFor'>,
  { event, timeoutMs, ask }: WaitOrAsk<Answer>,
): Promise<Answer | undefined> {
  const waits = waitsBetweenAsks(timeoutMs).values();
  let timeout = waits.next().value;
  for (let count = 0; timeout !== undefined; count += 1) {
    const key = String(count);
    const isTold = await saga.waitFor(event, { timeout, key }).then(() => true, falseIfTimedOut);
    const answer = await ask(key);
    if (answer !== null) return answer;
    // An event that came too early does not use up an interval.
    if (!isTold) timeout = waits.next().value;
  }
  return undefined;
}

/** The growing waits, in milliseconds, that take `totalMs` together; what is asked is asked after each. */
export function waitsBetweenAsks(totalMs: number): number[] {
  const waits: number[] = [];
  for (let left = totalMs; left > 0; left -= waits.at(-1) as number) {
    waits.push(Math.min(left, LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** waits.length));
  }
  return waits;
}

function falseIfTimedOut(error: unknown): false {
  if (error instanceof StepFailed && error.code === 'timed_out') return false;
  throw error;
}
