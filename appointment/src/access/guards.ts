import { type RouteGuard, unauthorized } from '@appointments/chassis';
import type { Context } from 'koa';
import { forbidden, INSUFFICIENT_SCOPE, operatorTokenNotSet } from '../problems.ts';
import type { Caller, Role } from './access-file.ts';
import type { Callers } from './callers.ts';

/** What the document says of the tokens of those who book. */
export const ACCESS_TOKEN = "A client's, viewer's or operator's token of `ACCESS_FILE`, or `OPERATOR_TOKEN`.";

/** Who may call which routes. */
export type Guards = ReturnType<typeof createGuards>;

/**
 * The guards of the routes. Without ACCESS_FILE anybody may book, and see a booking whose id they know; all else is the operator's. There is
 * no default token: without one those routes are shut, with 403 `operator_token_not_set`.
 */
export function createGuards(callers: Callers) {
  const allow = (...roles: Role[]): RouteGuard => ({
    scheme: roles.includes('client') ? 'accessToken' : 'operatorToken',
    problems: [unauthorized, callers.bookingIsGuarded ? forbidden : operatorTokenNotSet],
    async middleware(ctx, next) {
      if (!callers.operatorsExist) throw operatorTokenNotSet();
      const caller = callers.of(ctx);
      if (!caller) throw unauthorized({ detail: REFUSAL, headers: { 'www-authenticate': 'Bearer' } });
      if (!roles.includes(caller.role)) throw forbidden({ headers: { 'www-authenticate': INSUFFICIENT_SCOPE } });
      ctx.state.caller = caller;
      await next();
    },
  });
  const guarded = callers.bookingIsGuarded;
  return {
    book: guarded ? allow('client', 'operator') : undefined,
    see: guarded ? allow('client', 'viewer', 'operator') : undefined,
    seeAll: allow('viewer', 'operator'),
    cancel: guarded ? allow('client', 'operator') : allow('operator'),
    operate: allow('operator'),
    /** The caller that a guard let through; on a route without a guard, whose token was sent, if any was. */
    callerOf: (ctx: Context): Caller | undefined => (ctx.state.caller as Caller | undefined) ?? callers.of(ctx),
  };
}

const REFUSAL = 'This route asks for a token that is valid.';
