import type { Store } from 'durable-store';
import { limitTime } from 'durable-store/time-limit';
import { CompiledQuery } from 'kysely';

// Of a request that may have five seconds in all; then it is counted in memory.
const PATIENCE_MS = 500;
// Times are the only numbers that are as large.
const LEAST_TIME = 1e12;

interface LimiterQuery {
  text: string;
  values: readonly unknown[];
}

interface Row {
  points: number;
  expire: number | null;
}

/**
 * What `rate-limiter-flexible` takes for a client of PostgreSQL, over a store's own connections. The library goes by the wall
 * clock of the machine that it is on, and replicas agree on the store's: the times that go out and come in are moved by
 * the difference.
 */
// biome-ignore lint/suspicious/noExplicitAny: whatever its tables.
export function createLimiterClient(store: Pick<Store<any>, 'transaction'>, now: () => number) {
  return {
    /** @throws Aborted where the store takes too long, or what its transaction throws */
    async query({ text, values }: LimiterQuery): Promise<{ rows: Row[]; rowCount: number }> {
      const ahead = now() - Date.now();
      const moved = values.map((value) => (typeof value === 'number' && value > LEAST_TIME ? value + ahead : value));
      const counted = store.transaction((tables) => tables.executeQuery<Row>(CompiledQuery.raw(text, moved)), {
        repeatable: true,
      });
      using patience = limitTime(PATIENCE_MS);
      const { rows } = await patience.before(counted);
      return { rows: rows.map((row) => ({ ...row, expire: row.expire && row.expire - ahead })), rowCount: rows.length };
    },
  };
}
