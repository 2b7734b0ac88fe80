import { createHmac, randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';
import type { Caller } from '../access/access-file.ts';
import type { SignedOutSessions } from './signed-out-sessions.ts';

/** An operator or a viewer who is signed in, as the cookie says. */
export interface Session {
  readonly id: string;
  readonly caller: Caller;
  readonly startedAt: number;
  readonly issuedAt: number;
  /** Whether the browser came over https, so that the cookie never leaves by another way. */
  readonly secure: boolean;
}

export type Sessions = ReturnType<typeof createSessions>;

const IDLE_MS = 30 * 60_000;
const LONGEST_MS = 8 * 60 * 60_000;
const RENEW_AFTER_MS = 60_000;

// The last part but one is the caller's id in base64url.
const COOKIE = /^([\w-]{22})\.([0-9a-z]{1,9})\.([0-9a-z]{1,9})\.([01])\.([\w-]{1,90})\.([\w-]{43})$/;

/** When a session ends unless it is used before. */
export const expiryOf = ({ startedAt, issuedAt }: Session): number =>
  Math.min(issuedAt + IDLE_MS, startedAt + LONGEST_MS);

/**
 * Sessions that the server does not store: the cookie holds the session and an HMAC under a key that comes from the
 * operator token. So they hold on every replica, across restarts, and end when that token is changed, or the one that they
 * were begun with. Only which of them were signed out is kept, as long as they would last.
 *
 * @param findCallers who has an id now, with each token that is still good
 */
export function createSessions(
  operatorToken: string,
  signedOut: SignedOutSessions,
  now: () => number,
  findCallers: (id: string) => readonly Caller[],
) {
  // A slow derivation, so that tokens cannot be tried by the billion on a stolen cookie.
  const key = scryptSync(operatorToken, 'appointments console session 1', 32);
  const sign = (text: string) => createHmac('sha256', key).update(text).digest('base64url');
  const signFor = ({ role, tokenSha256 }: Caller, content: string) => sign([content, role, tokenSha256].join(' '));
  const matches = (given: string, right: string) => {
    const [givenBytes, rightBytes] = [Buffer.from(given), Buffer.from(right)];
    return givenBytes.length === rightBytes.length && timingSafeEqual(givenBytes, rightBytes);
  };

  const begin = (caller: Caller, secure: boolean): Session => {
    const at = now();
    return { id: randomBytes(16).toString('base64url'), caller, startedAt: at, issuedAt: at, secure };
  };

  function toCookie({ id, caller, startedAt, issuedAt, secure }: Session): string {
    const subject = Buffer.from(caller.id).toString('base64url');
    const content = [id, startedAt.toString(36), issuedAt.toString(36), secure ? 1 : 0, subject].join('.');
    return `${content}.${signFor(caller, content)}`;
  }

  /** @returns undefined where the cookie was not made here, is too old or was signed out */
  async function read(cookie: string | undefined): Promise<Session | undefined> {
    const [whole, id = '', started = '', issued = '', secure, subject = '', signature = ''] =
      COOKIE.exec(cookie ?? '') ?? [];
    if (whole === undefined) return undefined;
    const content = whole.slice(0, -signature.length - 1);
    const callers = findCallers(Buffer.from(subject, 'base64url').toString());
    const caller = callers.find((candidate) => matches(signature, signFor(candidate, content)));
    if (!caller) return undefined;
    const session = {
      id,
      caller,
      startedAt: Number.parseInt(started, 36),
      issuedAt: Number.parseInt(issued, 36),
      secure: secure === '1',
    };
    return (await isAlive(session)) ? session : undefined;
  }

  /** Whether the token that the session was begun with still opens as much. */
  function isStillGood({ id, role, tokenSha256 }: Caller): boolean {
    return findCallers(id).some((today) => today.role === role && today.tokenSha256 === tokenSha256);
  }

  const isAlive = async (session: Session): Promise<boolean> =>
    expiryOf(session) > now() && isStillGood(session.caller) && !(await signedOut.has(session.id));

  /** @returns the session with its time prolonged, undefined where it is fresh enough to be left as it is */
  function renew(session: Session): Session | undefined {
    return now() - session.issuedAt < RENEW_AFTER_MS ? undefined : { ...session, issuedAt: now() };
  }

  const end = ({ id, startedAt }: Session): Promise<void> => signedOut.add(id, startedAt + LONGEST_MS);

  const csrfToken = ({ id }: Session): string => sign(`csrf ${id}`);

  return {
    begin,
    toCookie,
    read,
    isAlive,
    renew,
    end,
    csrfToken,
    holdsCsrfToken: (session: Session, text: string): boolean => matches(text, csrfToken(session)),
  };
}
