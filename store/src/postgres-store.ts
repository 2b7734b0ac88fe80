import { Kysely, PostgresAdapter, PostgresDialect, sql } from 'kysely';
import { dialectOver, openPools } from './postgres-pool.ts';
import { createProbe } from './postgres-probe.ts';
import { retryConnectionFailures } from './postgres-retry.ts';
import { createTransactions } from './postgres-transaction.ts';
import { createSharedTransactions, type RunTransaction } from './shared-transactions.ts';
import type { Store } from './store.ts';

/** A store that can run what brings its schema up to date. */
export interface PostgresStore<Tables> extends Store<Tables> {
  /** Runs migrations, which may take any time. The caller has the lock that lets one process at a time run them. */
  migrating(work: (tables: Kysely<Tables>) => Promise<void>): Promise<void>;
}

/**
 * Opens one PostgreSQL database over a bounded pool. A connection that breaks is replaced, and the work that it cut off is
 * retried for a few seconds, except for a commit whose response was lost.
 *
 * Transactions run at READ COMMITTED. Those with the same subject run one after another, under an advisory lock that ends
 * with them; everything else that must not happen twice is guarded by a condition in the statement that does it.
 *
 * @param url as the package `pg` takes it
 * @param poolSize the most connections that are open at a time
 */
export function openPostgresStore<Tables>(url: string, poolSize: number): PostgresStore<Tables> {
  const pools = openPools(url, poolSize);
  const runOnce = createTransactions<Tables>(pools.work);
  const run: RunTransaction<Tables> = (work, subjects, repeatable) =>
    retryConnectionFailures(() => runOnce(work, subjects), repeatable);
  const shareRepeatable = createSharedTransactions(run, true);
  const shareOther = createSharedTransactions(run, false);
  // Each query on any free connection, so that one which breaks can be retried on another.
  const read = new Kysely<Tables>({
    dialect: dialectOver({
      query: (text, parameters) => retryConnectionFailures(() => pools.work.query(text, parameters)),
    }),
  });
  return {
    read,
    shared: true,
    transaction(work, { subject, repeatable = false, sharedLocks } = {}) {
      if (subject === undefined) return run(work, [], repeatable);
      if (sharedLocks === undefined) return run(work, [subject], repeatable);
      return (repeatable ? shareRepeatable : shareOther)(work, subject, sharedLocks);
    },
    migrating: async (work) => {
      const tables = new Kysely<Tables>({ dialect: new UnlockedDialect({ pool: pools.openUnbounded() }) });
      await retryConnectionFailures(() => work(tables)).finally(() => tables.destroy());
    },
    clock: async () => {
      const { rows } = await now.execute(read);
      return (rows[0] as { ms: number }).ms;
    },
    ping: createProbe(pools.probe),
    scrub: async () => {},
    close: async () => {
      await Promise.all([pools.work.end(), pools.probe.end()]);
    },
  };
}

const now = sql<{ ms: number }>`select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as ms`;

/** Kysely's lock for migrations belongs to a session, and a pooler lends sessions to others in between. */
class UnlockedAdapter extends PostgresAdapter {
  override async acquireMigrationLock(): Promise<void> {}
  override async releaseMigrationLock(): Promise<void> {}
}

class UnlockedDialect extends PostgresDialect {
  override createAdapter(): UnlockedAdapter {
    return new UnlockedAdapter();
  }
}
