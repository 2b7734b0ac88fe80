import type pg from 'pg';
import { checkWrites } from './postgres-client.ts';
import { PATIENCE_MS } from './postgres-retry.ts';
import { StoreUnavailable } from './store-errors.ts';
import { limitTime } from './time-limit.ts';

// A readiness check waits for a second or two.
const PING_MS = 500;

/**
 * Asks whether the server responds and takes writes.
 *
 * @param pool has one connection; several calls at once share one question
 * @returns the function that asks; it resolves as well where the server responded within the last 4 s, because what every
 * transaction waits for is no reason to take all replicas out of service at once, and rejects with StoreUnavailable else
 */
export function createProbe(pool: pg.Pool): () => Promise<void> {
  let asking: Promise<void> | undefined;
  let respondedAt = Number.NEGATIVE_INFINITY;

  async function ask(): Promise<void> {
    const client = await pool.connect();
    let broken: Error | undefined;
    try {
      await checkWrites(client);
      respondedAt = performance.now();
    } catch (error) {
      broken = error as Error;
      throw error;
    } finally {
      client.release(broken);
    }
  }

  return async () => {
    asking ??= ask().finally(() => {
      asking = undefined;
    });
    using patience = limitTime(PING_MS);
    try {
      await patience.before(asking);
    } catch (error) {
      if (performance.now() - respondedAt > PATIENCE_MS) throw new StoreUnavailable(error);
    }
  };
}
