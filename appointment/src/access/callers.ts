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
    /** Who holds a token; undefined where nobody does. */
    byToken,
    /** Whether whoever books has to say who they are. */
    bookingIsGuarded: accessList !== undefined,
    /** Whether there is any token that opens the operators' routes. */
    operatorsExist: operator !== undefined || accessList !== undefined,
    /** Whose id it is, with each token that is good for it: two while it is changed. */
    byId: (id: string): readonly Caller[] => all().filter((caller) => caller.id === id && isValid(caller)),
  };
}

/** The bearer token of a request (RFC 6750); undefined where it has none. */
export function bearerToken(ctx: Context): string | undefined {
  return /^bearer +(\S+)$/i.exec(ctx.get('authorization'))?.[1];
}
