import { type FormState, Problem } from '@appointments/chassis';
import type { Context, Middleware } from 'koa';
import { listPath, pageStart, readFilter } from './console-query.ts';
import { setCookie } from './cookies.ts';
import { expiryOf, type Session, type Sessions } from './session.ts';

/** What `signedIn` leaves for the handler. */
export interface SessionState {
  session: Session;
}

const COOKIE = 'console_session';
const OTHER_PAGES = /^\/console\/(?:bookings\/[0-9a-f-]{36}|test-booking)$/;

// No address of ours; only what follows the host of an address is looked at.
const BASE = 'http://console.invalid';

/** The console's own pages are all that a sign-in leads back to: a booking, or the list with its filters. */
export function safeReturnPath(path: unknown): string {
  const address = typeof path === 'string' && path.startsWith('/console') ? URL.parse(path, BASE) : null;
  if (!address) return '/console';
  if (OTHER_PAGES.test(address.pathname)) return address.pathname;
  const query = Object.fromEntries(address.searchParams);
  return address.pathname === '/console' ? listPath(readFilter(query), pageStart(query)) : '/console';
}

const cookie = (value: string, maxAgeSeconds: number, { secure }: Session) => ({
  name: COOKIE,
  path: '/console',
  value,
  maxAgeSeconds,
  secure,
});

/** Hands the browser its session. */
export function keepSession(ctx: Context, sessions: Sessions, session: Session): void {
  const seconds = Math.floor((expiryOf(session) - session.issuedAt) / 1_000);
  setCookie(ctx, cookie(sessions.toCookie(session), seconds, session));
}

/** Takes the session back. */
export const dropSession = (ctx: Context, session: Session): void => setCookie(ctx, cookie('', 0, session));

/** The session of a request, where it has one. */
export const sessionOf = (ctx: Context, sessions: Sessions): Promise<Session | undefined> =>
  sessions.read(ctx.cookies.get(COOKIE));

/** Lets only those through who are signed in; others are led to the sign-in and back. Each visit prolongs the session. */
export function signedIn(sessions: Sessions): Middleware<SessionState> {
  return async function signedIn(ctx, next) {
    const session = await sessionOf(ctx, sessions);
    if (!session) {
      const wanted = safeReturnPath(ctx.method === 'GET' ? ctx.url : ctx.path.replace(/\/\w+$/, ''));
      ctx.redirect(`/console/sign-in${wanted === '/console' ? '' : `?to=${encodeURIComponent(wanted)}`}`);
      ctx.status = 303;
      return;
    }
    const renewed = sessions.renew(session);
    if (renewed) keepSession(ctx, sessions, renewed);
    ctx.state.session = session;
    await next();
  };
}

/**
 * Lets only forms through that hold the session's own token.
 *
 * @throws Problem 403 `csrf_token_mismatch`
 */
export function csrfProtected(sessions: Sessions): Middleware<SessionState & FormState> {
  return async function csrfProtected(ctx, next) {
    if (!sessions.holdsCsrfToken(ctx.state.session, ctx.state.form.csrf ?? '')) {
      throw new Problem(403, 'csrf_token_mismatch', {
        detail: 'The form is from another session. Open the page again.',
      });
    }
    await next();
  };
}
