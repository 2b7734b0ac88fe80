import type { Middleware } from 'koa';

/**
 * Whatever a service sends may be about a patient: no cache keeps it, and no browser guesses at what it is. A route that
 * sends the same to everybody, such as a style sheet, says itself for how long it may be kept.
 */
export function privateReplies(): Middleware {
  return function privateReplies(ctx, next) {
    ctx.set({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    return next();
  };
}
