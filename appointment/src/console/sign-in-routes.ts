import { type FormState, formBody, type Logger, Problem } from '@appointments/chassis';
import type Router from '@koa/router';
import type { Context, Middleware } from 'koa';
import type { Callers } from '../access/callers.ts';
import type { EventStreams } from './event-streams.ts';
import { sendPage } from './page-frame.ts';
import { signInPage } from './pages/sign-in-page.ts';
import { sameOrigin } from './same-origin.ts';
import type { Sessions } from './session.ts';
import type { SignInAttempts } from './sign-in-attempts.ts';
import { csrfProtected, dropSession, keepSession, type SessionState, safeReturnPath, signedIn } from './signed-in.ts';

export interface SignInDependencies {
  callers: Callers;
  sessions: Sessions;
  streams: EventStreams;
  attempts: SignInAttempts;
  logger: Logger;
}

function assertMayTry(attempts: SignInAttempts, ctx: Context): void {
  const waitMs = attempts.waitMs(ctx.ip);
  if (waitMs === 0) return;
  const seconds = Math.ceil(waitMs / 1_000);
  throw new Problem(429, 'too_many_attempts', {
    detail: `Too many sign-ins have failed. Try again in ${seconds} s.`,
    headers: { 'retry-after': String(seconds) },
  });
}

/** Adds signing in and out. */
export function addSignInRoutes(router: Router, guards: Middleware[], dependencies: SignInDependencies): void {
  const { callers, sessions, streams, attempts, logger } = dependencies;

  router.get('/console/sign-in', ...guards, async (ctx) => {
    sendPage(ctx, signInPage({ returnTo: safeReturnPath(ctx.query.to), refused: false }));
  });

  router.post<FormState>('/console/sign-in', ...guards, sameOrigin(), formBody(), async (ctx) => {
    const { form } = ctx.state;
    const returnTo = safeReturnPath(form.to);
    assertMayTry(attempts, ctx);
    const caller = callers.byToken((form.token ?? '').trim());
    if (!caller || caller.role === 'client') {
      attempts.noteFailure(ctx.ip);
      logger.warn('a sign-in to the console was refused');
      return sendPage(ctx, signInPage({ returnTo, refused: true }), 401);
    }
    keepSession(ctx, sessions, sessions.begin(caller, ctx.secure || ctx.get('origin').startsWith('https://')));
    ctx.redirect(returnTo);
    ctx.status = 303;
  });

  const signOutGuards = [...guards, sameOrigin(), signedIn(sessions), formBody(), csrfProtected(sessions)];
  router.post<FormState & SessionState>('/console/sign-out', ...(signOutGuards as Middleware[]), async (ctx) => {
    await sessions.end(ctx.state.session);
    streams.endOf(ctx.state.session.id);
    dropSession(ctx, ctx.state.session);
    ctx.redirect('/console/sign-in');
    ctx.status = 303;
  });
}
