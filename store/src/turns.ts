import { limitTime } from './time-limit.ts';

/** Lets the next one in line begin. */
export type EndTurn = () => void;

/**
 * Users of one connection take turns, in the order in which they ask.
 *
 * @param patienceMs how long one waits at most
 * @returns the function that waits for a turn; it rejects where the turn does not come in time
 */
export function createTurns(patienceMs: number): () => Promise<EndTurn> {
  let last: Promise<unknown> = Promise.resolve();
  return async () => {
    const turn = Promise.withResolvers<void>();
    const before = last;
    last = before.then(() => turn.promise);
    using patience = limitTime(patienceMs);
    try {
      await patience.before(before);
    } catch {
      turn.resolve();
      throw new Error(`the connection was in use for more than ${patienceMs} ms`);
    }
    return turn.resolve;
  };
}
