import { createHash, timingSafeEqual } from 'node:crypto';
import type { Middleware } from 'koa';
import { Problem } from '../problem.ts';

const digest = (text: string) => createHash('sha256').update(text).digest();

/** Whether an Authorization header holds exactly this bearer token; takes the same time wherever they differ. */
export function holdsBearerToken(authorization: string, token: string): boolean {
  // Digests have one length, which timingSafeEqual asks for, and so the token's own length does not show either.
  return (
    timingSafeEqual(digest(authorization.replace(/^bearer +/i, '')), digest(token)) && /^bearer /i.test(authorization)
  );
}

/**
 * Lets only callers with the service token through (RFC 6750).
 *
 * @throws Problem 401 `unauthorized` with `WWW-Authenticate: Bearer`
 */
export function serviceToken(token: string): Middleware {
  return async function serviceToken(ctx, next) {
    if (!holdsBearerToken(ctx.get('authorization'), token)) {
      throw new Problem(401, 'unauthorized', {
        detail: 'This service asks for its service token.',
        headers: { 'www-authenticate': 'Bearer' },
      });
    }
    await next();
  };
}
