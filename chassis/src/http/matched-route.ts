import type { Context } from 'koa';

/**
 * The pattern of the route that the request's path fits, `/` where it fits none. Logs and problem documents name this and
 * never the path itself: that is the client's text and may hold a name or a card number.
 */
export function matchedRoute(ctx: Context): string {
  const matched = ctx.matched as ReadonlyArray<{ path: string | RegExp }> | undefined;
  return matched?.at(-1)?.path.toString() ?? '/';
}
