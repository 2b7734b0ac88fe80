import { createHash, timingSafeEqual } from 'node:crypto';
import type { Context, Middleware } from 'koa';
import { unauthorized } from '../problem-kinds.ts';

const digest = (text: string) => createHash('sha256').update(text).digest();

/** A token, or several of which each opens: while one is changed, callers with the old and with the new one get through. */
export type Tokens = string | readonly string[];

/** Whether an Authorization header holds exactly one of these bearer tokens; takes the same time wherever they differ. */
export function holdsBearerToken(authorization: string, tokens: Tokens): boolean {
  // Digests have one length, which timingSafeEqual asks for, and so the token's own length does not show either.
  const sent = digest(authorization.replace(/^bearer +/i, ''));
  const holds = [tokens].flat().filter((token) => timingSafeEqual(sent, digest(token)));
  return holds.length > 0 && /^bearer /i.test(authorization);
}

/**
 * @param detail what a caller without a token is told
 * @throws Problem 401 `unauthorized` with `WWW-Authenticate: Bearer` (RFC 6750)
 */
export function assertBearerToken(ctx: Context, tokens: Tokens, detail: string): void {
  if (holdsBearerToken(ctx.get('authorization'), tokens)) return;
  throw unauthorized({ detail, headers: { 'www-authenticate': 'Bearer' } });
}

/**
 * Lets only callers with the service token through.
 *
 * @param isOpen whether a path and method needs no token
 * @throws Problem 401 `unauthorized`
 */
export function serviceToken(tokens: Tokens, isOpen: (path: string, method: string) => boolean): Middleware {
  return async function serviceToken(ctx, next) {
    if (!isOpen(ctx.path, ctx.method)) assertBearerToken(ctx, tokens, 'This service asks for its service token.');
    await next();
  };
}
