import { hash } from 'node:crypto';
import {
  type Allowance,
  clientAddress,
  createRateLimiter,
  createShutOut,
  type Rate,
  refusalOf,
} from '@appointments/chassis';
import type { Context } from 'koa';
import type { AppointmentDatabase } from '../booking-store.ts';

/** Wrong tokens that one address may send: nobody guesses a token at this pace, and who mistypes hardly meets it. */
const GUESSES: Rate = { quota: 10, windowSeconds: 60 };

export interface GuessLimitOptions {
  rate?: Rate | undefined;
  database: AppointmentDatabase;
  /** The store's clock, in milliseconds since the epoch. */
  now: () => number;
  /** Goes by itself, whatever clocks are set to; in milliseconds. */
  steadyNow?: () => number;
}

export type GuessLimit = ReturnType<typeof createGuessLimit>;

/**
 * Limits how many wrong tokens one address may send. Once it has sent too many, none that comes from it is looked at for the
 * rest of the window: a right one would tell by its reply that it is right. The same wrong token again is no further guess
 * but somebody's old setting: it counts once, and in the end only that token is refused.
 *
 * Right tokens ask no store for anything. Each process keeps by itself which addresses are shut out, and learns of one with
 * its next wrong token.
 */
export function createGuessLimit(options: GuessLimitOptions) {
  const { rate = GUESSES, database, now, steadyNow } = options;
  const limiter = createRateLimiter({ name: 'wrong-tokens', rate, store: database, now });
  const shutOut = createShutOut<Allowance>(steadyNow);

  function refusal(allowance: Allowance) {
    return refusalOf(allowance, `Too many wrong tokens from this address. Try again in ${allowance.resetSeconds} s.`);
  }

  return {
    /**
     * Before a token is looked at.
     *
     * @throws Problem 429 `rate_limited` where too many wrong ones came from there
     */
    assertMayTry(ctx: Context): void {
      const found = shutOut.find(clientAddress(ctx.ip));
      if (found) throw refusal({ ...found.reason, resetSeconds: Math.ceil(found.msLeft / 1_000) });
    },
    /**
     * Counts a token that was wrong.
     *
     * @throws Problem 429 `rate_limited` where it is one too many
     */
    async noteWrong(ctx: Context, token: string): Promise<void> {
      const address = clientAddress(ctx.ip);
      const same = await limiter.spend(`${address} ${hash('sha256', token, 'base64url')}`);
      if (!same.allowed) throw refusal(same);
      if (same.spent > 1) return;
      const all = await limiter.spend(address);
      if (all.remaining === 0) shutOut.shut(address, all, all.resetSeconds * 1_000);
      if (!all.allowed) throw refusal(all);
    },
  };
}
