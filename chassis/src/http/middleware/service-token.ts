import { createHash, timingSafeEqual } from 'node:crypto';
import type { Context, Middleware } from 'koa';
import { unauthorized } from '../problem-kinds.ts';

const digest = (text: string) => createHash('sha256').update(text).digest();

/** Whether an Authorization header holds exactly this bearer token; takes the same time wherever they differ. */
export function holdsBearerToken(authorization: string, token: string): boolean {
  // Digests have one length, which timingSafeEqual asks for, and so the token's own length does not show either.
  return (
    timingSafeEqual(digest(authorization.replace(/^bearer +/i, '')), digest(token)) && /^bearer /i.test(authorization)
  );
}

/**
 * @param detail what a caller without the token is told
 * @throws Problem 401 `unauthorized` with `WWW-Authenticate: Bearer` (RFC 6750)
 */
export function assertBearerToken(ctx: Context, token: string, detail: string): void {
  if (holdsBearerToken(ctx.get('authorization'), token)) return;
  throw unauthorized({ detail, headers: { 'www-authenticate': 'Bearer' } });
}

/**
 * Lets only callers with the service token through.
 *
 * @param isOpen whether a path and method needs no token
 * @throws Problem 401 `unauthorized`
 */
export function serviceToken(token: string, isOpen: (path: string, method: string) => boolean): Middleware {
  return async function serviceToken(ctx, next) {
    if (!isOpen(ctx.path, ctx.method)) assertBearerToken(ctx, token, 'This service asks for its service token.');
    await next();
  };
}
