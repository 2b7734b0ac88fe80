import type { Store } from 'durable-store';
import type { Kysely } from 'kysely';
import type { Logger } from '../telemetry/logger.ts';
import type { KeyClock } from './key-clock.ts';
import type { IdempotencyTables } from './key-table.ts';

type Tables = Kysely<IdempotencyTables>;

const HOUR_MS = 3_600_000;
// The contract promises 24 h; an hour more keeps the promise for a client whose clock or timer is a little off.
const KEPT_MS = 25 * HOUR_MS;
const PRUNE_BATCH = 500;
const PRUNE_EVERY_MS = 60_000;

/**
 * Deletes the keys that are old enough and not running, one batch a call, so that no write delays the others for long.
 *
 * @returns whether there may be more
 */
export async function pruneKeys(tables: Tables, now: number): Promise<boolean> {
  const old = tables
    .selectFrom('idempotency_keys')
    .select('key')
    .where('created_at', '<', now - KEPT_MS)
    .where((or) => or.or([or('state', '=', 'done'), or('running_until', '<=', now)]))
    .limit(PRUNE_BATCH);
  const { numDeletedRows } = await tables
    .deleteFrom('idempotency_keys')
    .where('key', 'in', old)
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows) === PRUNE_BATCH;
}

/**
 * Deletes old keys every minute, as far as their age is proven.
 *
 * @returns what stops it
 */
export function startPruning<T extends IdempotencyTables>(
  database: Store<T>,
  { now, proven }: KeyClock,
  logger: Logger,
): () => Promise<void> {
  const prune = async () => {
    // One replica at a time: two that delete the same keys could deadlock.
    const subject = 'prune idempotency keys';
    const at = () => Math.min(now(), proven());
    while (await database.transaction((tables) => pruneKeys(tables as unknown as Tables, at()), { subject }));
  };
  const timer = setInterval(() => {
    prune().catch((error: unknown) => logger.warn('pruning idempotency keys failed', { error }));
  }, PRUNE_EVERY_MS);
  return async () => clearInterval(timer);
}
