import { setTimeout as delay } from 'node:timers/promises';
import { isTimeout, isTrouble, needsOtherConnection } from './postgres-failure.ts';
import { StoreUnavailable } from './store-errors.ts';

/** How long a restart of the server may take, or the wait for a free connection, before callers see an error. */
export const PATIENCE_MS = 4_000;
const RETRY_MS = 50;

/** Thrown when the connection broke during the commit: whether it took effect is unknown. */
export class CommitUnknown extends Error {
  override name = 'CommitUnknown';
}

/**
 * Retries work that a failing connection cut off, for as long as a restart of the server takes.
 *
 * @param repeatable whether work whose commit is unknown is retried as well
 * @throws the work's own error; StoreUnavailable where the server failed
 */
export async function retryConnectionFailures<Result>(
  work: () => Promise<Result>,
  repeatable = false,
): Promise<Result> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const unknown = error instanceof CommitUnknown;
      if (!unknown && !needsOtherConnection(error)) throw isTrouble(error) ? new StoreUnavailable(error) : error;
      const retryable = unknown ? repeatable : !isTimeout(error);
      if (!retryable || performance.now() > giveUpAt) throw new StoreUnavailable(error);
      await delay(RETRY_MS);
    }
  }
}
