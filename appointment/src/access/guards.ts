import {
  clientAddress,
  holdsBearerToken,
  type RateLimiter,
  type RouteGuard,
  rateLimited,
  rateLimitHeaders,
  rateLimitReplyHeaders,
  refusalOf,
  type Tokens,
  unauthorized,
} from '@appointments/chassis';
import type { Context } from 'koa';
import { forbidden, INSUFFICIENT_SCOPE, operatorTokenNotSet } from '../problems.ts';
import type { Caller, Role } from './access-file.ts';
import { bearerToken, type Callers } from './callers.ts';
import type { GuessLimit } from './guess-limit.ts';

/** What the document says of the tokens of those who book. */
export const ACCESS_TOKEN_DESCRIPTION =
  "A client's, viewer's or operator's token of `ACCESS_FILE`, or `OPERATOR_TOKEN`.";

/** Who may call which routes. */
export type Guards = ReturnType<typeof createGuards>;

export interface GuardsOptions {
  callers: Callers;
  guesses: GuessLimit;
  /** Limits the requests of each client, or of each address where the client is not known; left out, there is no limit. */
  requests?: RateLimiter | undefined;
}

/** Who calls, and whether it may call as often as it does. */
function createCallerChecks({ callers, guesses, requests }: GuardsOptions) {
  async function countRequest(ctx: Context, caller: Caller | undefined): Promise<void> {
    if (!requests) return;
    const allowance = await requests.spend(caller ? `client ${caller.id}` : clientAddress(ctx.ip));
    if (!allowance.allowed) throw refusalOf(allowance);
    ctx.set(rateLimitHeaders(allowance));
  }

  /** @throws Problem 429 where too many wrong tokens came from there */
  async function identify(ctx: Context): Promise<Caller | undefined> {
    const token = bearerToken(ctx);
    if (token === undefined) return undefined;
    guesses.assertMayTry(ctx);
    const caller = callers.byToken(token);
    if (!caller) await guesses.noteWrong(ctx, token);
    return caller;
  }

  return { identify, countRequest };
}

/**
 * The guards of the routes. Without ACCESS_FILE anybody may book, and see a booking whose id they know; all else is the operator's. There is
 * no default token: without one those routes are shut, with 403 `operator_token_not_set`.
 */
export function createGuards({ callers, guesses, requests }: GuardsOptions) {
  const limited = requests && { replyHeaders: rateLimitReplyHeaders };
  const { identify, countRequest } = createCallerChecks({ callers, guesses, requests });

  const allow = (...roles: Role[]): RouteGuard => ({
    ...limited,
    scheme: roles.includes('client') ? 'accessToken' : 'operatorToken',
    problems: [unauthorized, callers.bookingIsGuarded ? forbidden : operatorTokenNotSet, rateLimited],
    async middleware(ctx, next) {
      if (!callers.operatorsExist) throw operatorTokenNotSet();
      const caller = await identify(ctx);
      if (!caller) throw unauthorized({ detail: REFUSAL, headers: ASK_FOR_TOKEN });
      await countRequest(ctx, caller);
      if (!roles.includes(caller.role)) throw forbidden({ headers: { 'www-authenticate': INSUFFICIENT_SCOPE } });
      ctx.state.caller = caller;
      await next();
    },
  });

  /** For everybody, who may say who they are: to one who must not try tokens, theirs makes no difference. */
  const open: RouteGuard = {
    ...limited,
    problems: requests ? [rateLimited] : [],
    async middleware(ctx, next) {
      ctx.state.caller = await identify(ctx).catch(unlessRateLimited);
      await countRequest(ctx, ctx.state.caller);
      await next();
    },
  };

  /** Lets only services through, where there is a token for them. */
  const services = (tokens: Tokens): RouteGuard => ({
    scheme: 'serviceToken',
    problems: [unauthorized, rateLimited],
    async middleware(ctx, next) {
      const token = bearerToken(ctx);
      if (token !== undefined) guesses.assertMayTry(ctx);
      if (!holdsBearerToken(ctx.get('authorization'), tokens)) {
        if (token !== undefined) await guesses.noteWrong(ctx, token);
        throw unauthorized({ detail: 'This route asks for the service token.', headers: ASK_FOR_TOKEN });
      }
      await next();
    },
  });

  const { bookingIsGuarded } = callers;
  return {
    bookingIsGuarded,
    book: bookingIsGuarded ? allow('client', 'operator') : open,
    see: bookingIsGuarded ? allow('client', 'viewer', 'operator') : open,
    seeAll: allow('viewer', 'operator'),
    cancel: bookingIsGuarded ? allow('client', 'operator') : allow('operator'),
    operate: allow('operator'),
    services,
    /** Who a guard let through; undefined for nobody in particular. */
    callerOf: (ctx: Context): Caller | undefined => ctx.state.caller as Caller | undefined,
    /** The same behind a guard that lets nobody else through. */
    knownCaller(ctx: Context): Caller {
      const { caller } = ctx.state as { caller?: Caller };
      if (!caller) throw new Error('no guard of this route asks who calls');
      return caller;
    },
  };
}

const REFUSAL = 'This route asks for a token that is valid.';
const ASK_FOR_TOKEN = { 'www-authenticate': 'Bearer' };

function unlessRateLimited(error: unknown): undefined {
  if ((error as { code?: unknown }).code !== rateLimited.code) throw error;
}
