import { type FormState, formBody, type Logger } from '@appointments/chassis';
import type Router from '@koa/router';
import type { Middleware } from 'koa';
import type { Callers } from '../access/callers.ts';
import type { GuessLimit } from '../access/guess-limit.ts';
import type { EventStreams } from './event-streams.ts';
import { sendPage } from './page-frame.ts';
import { signInPage } from './pages/sign-in-page.ts';
import { sameOrigin } from './same-origin.ts';
import type { Sessions } from './session.ts';
import { csrfProtected, dropSession, keepSession, type SessionState, safeReturnPath, signedIn } from './signed-in.ts';

export interface SignInDependencies {
  callers: Callers;
  sessions: Sessions;
  guesses: GuessLimit;
  streams: EventStreams;
  logger: Logger;
}

/** Adds signing in and out. */
export function addSignInRoutes(router: Router, guards: Middleware[], dependencies: SignInDependencies): void {
  const { callers, sessions, streams, guesses, logger } = dependencies;

  router.get('/console/sign-in', ...guards, async (ctx) => {
    sendPage(ctx, signInPage({ returnTo: safeReturnPath(ctx.query.to), refused: false }));
  });

  router.post<FormState>('/console/sign-in', ...guards, sameOrigin(), formBody(), async (ctx) => {
    const { form } = ctx.state;
    const returnTo = safeReturnPath(form.to);
    const token = (form.token ?? '').trim();
    guesses.assertMayTry(ctx);
    const caller = callers.byToken(token);
    if (!caller || caller.role === 'client') {
      await guesses.noteWrong(ctx, token);
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
