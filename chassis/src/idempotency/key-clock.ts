import { openSteadyClock, type SteadyClock, type Store } from 'durable-store';
import type { Kysely } from 'kysely';
import type { IdempotencyTables } from './key-table.ts';

/** The times of idempotency keys. */
export interface KeyClock {
  /** When a key is stored. */
  now: SteadyClock;
  /**
   * For how far the age of a key is proven: by what this process has lived through since the newest key that it found. A
   * machine that starts with a clock that is a day ahead would else forget keys of a minute ago, and charge a card again.
   */
  proven: SteadyClock;
}

/** @throws StoreUnavailable */
export async function openKeyClock<T extends IdempotencyTables>(database: Store<T>): Promise<KeyClock> {
  const clock = await openSteadyClock(database);
  const tables = database.read as unknown as Kysely<IdempotencyTables>;
  const newest = await tables
    .selectFrom('idempotency_keys')
    .select(({ fn }) => fn.max('created_at').as('at'))
    .executeTakeFirstOrThrow();
  const startedAt = clock();
  const found = newest.at ?? startedAt;
  const proven = () => found + (clock() - startedAt);
  // Of a store that has one process, time is what that process lives through, so that no clock of a machine counts at all.
  return { now: database.shared ? () => Math.max(clock(), found) : proven, proven };
}
