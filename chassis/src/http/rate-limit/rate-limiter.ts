import type { Store } from 'durable-store';
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import { createLimiterClient } from './limiter-client.ts';
import type { Rate } from './rate.ts';
import { createShutOut } from './shut-out.ts';

/** What is left of a rate for one key. */
export interface Allowance {
  /** The name of the limiter. */
  name: string;
  rate: Rate;
  /** Whether this one is still within the rate. */
  allowed: boolean;
  /** How many there have been in this window, with this one. */
  spent: number;
  remaining: number;
  /** Until the next window begins, in whole seconds, 1 at least. */
  resetSeconds: number;
}

export interface RateLimiterOptions {
  /** Keeps its counts apart from those of other limiters. */
  name: string;
  rate: Rate;
  // biome-ignore lint/suspicious/noExplicitAny: whatever its tables.
  store: Store<any>;
  /** The store's clock, in milliseconds since the epoch. */
  now: () => number;
}

export type RateLimiter = ReturnType<typeof createRateLimiter>;

/**
 * Counts by key in windows of time: in memory, or where processes share the store in its table `rate_limits`, so that it
 * counts across them. A store that does not respond in time shuts nobody out: each process counts by itself meanwhile.
 */
export function createRateLimiter({ name, rate, store, now }: RateLimiterOptions) {
  const counting = { points: rate.quota, duration: rate.windowSeconds, keyPrefix: name };
  const memory = new RateLimiterMemory(counting);
  const limiter = store.shared
    ? new RateLimiterPostgres({
        ...counting,
        storeClient: createLimiterClient(store, now),
        storeType: 'client',
        tableName: 'rate_limits',
        tableCreated: true,
        insuranceLimiter: memory,
      })
    : memory;

  function allowanceOf({
    consumedPoints,
    msBeforeNext,
  }: Pick<RateLimiterRes, 'consumedPoints' | 'msBeforeNext'>): Allowance {
    const seconds = Math.ceil(msBeforeNext / 1_000);
    return {
      name,
      rate,
      allowed: consumedPoints <= rate.quota,
      spent: consumedPoints,
      remaining: Math.max(0, rate.quota - consumedPoints),
      resetSeconds: Math.min(Math.max(1, seconds), rate.windowSeconds),
    };
  }

  // A client that is over the rate goes on asking, and is not to take the store's time from others.
  const over = createShutOut<RateLimiterRes>();

  return {
    /** Takes one of what a key may have. Never rejects for want of the store. */
    async spend(key: string): Promise<Allowance> {
      const known = over.find(key);
      if (known) return allowanceOf({ consumedPoints: known.reason.consumedPoints, msBeforeNext: known.msLeft });
      try {
        return allowanceOf(await limiter.consume(key));
      } catch (error) {
        // What is over the rate is rejected with its count.
        if (!(error instanceof RateLimiterRes)) throw error;
        over.shut(key, error, error.msBeforeNext);
        return allowanceOf(error);
      }
    },
  };
}
