import { hash } from 'node:crypto';
import type { Context } from 'koa';
import { type Caller, OPERATOR } from './access-file.ts';
import type { AccessList } from './access-list.ts';

export interface CallersOptions {
  operatorToken: string | undefined;
  /** Who else may do what; left out, booking is open to everybody. */
  accessList?: AccessList | undefined;
  /** The wall clock, which tokens expire by. */
  wallNow?: () => number;
}

export type Callers = ReturnType<typeof createCallers>;

/** Tells by their tokens who calls. Only hashes are compared, so the time it takes says nothing of a token. */
export function createCallers({ operatorToken, accessList, wallNow = Date.now }: CallersOptions) {
  const operator: Caller | undefined = operatorToken
    ? { id: OPERATOR, role: 'operator', tokenSha256: hash('sha256', operatorToken) }
    : undefined;
  const all = (): readonly Caller[] => [...(operator ? [operator] : []), ...(accessList?.() ?? [])];
  const isValid = ({ expires = Number.POSITIVE_INFINITY }: Caller) => wallNow() < expires;

  function byToken(token: string): Caller | undefined {
    const tokenSha256 = hash('sha256', token);
    return all().find((caller) => caller.tokenSha256 === tokenSha256 && isValid(caller));
  }

  return {
    /** Whether whoever books has to say who they are. */
    bookingIsGuarded: accessList !== undefined,
    /** Whether there is any token that opens the operators' routes. */
    operatorsExist: operator !== undefined || accessList !== undefined,
    byToken,
    byId: (id: string): Caller | undefined => all().find((caller) => caller.id === id && isValid(caller)),
    /** Who sent a request with a bearer token (RFC 6750); undefined for nobody in particular. */
    of(ctx: Context): Caller | undefined {
      const [, token] = /^bearer +(\S+)$/i.exec(ctx.get('authorization')) ?? [];
      return token === undefined ? undefined : byToken(token);
    },
  };
}
