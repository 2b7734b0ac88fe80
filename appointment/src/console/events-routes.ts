import { Problem } from '@appointments/chassis';
import type Router from '@koa/router';
import type { Context } from 'koa';
import type { EventStream, EventStreams } from './event-streams.ts';
import { changesOf, type PageChangesDependencies, type PageEvent } from './page-changes.ts';
import { notFromElsewhere } from './same-origin.ts';
import type { Session, Sessions } from './session.ts';
import { sessionOf } from './signed-in.ts';

export interface EventsDependencies extends PageChangesDependencies {
  sessions: Sessions;
  streams: EventStreams;
  failed: (error: unknown) => void;
}

// A page that was away for longer had better be read again.
const MAX_CATCH_UP_MS = 10 * 60_000;

/**
 * Adds what tells a page of what happens to its list, or its booking: `GET /console/events`, a stream, and `GET
 * /console/changes`, the same for a page that polls because its browser has a stream already or cannot keep one.
 */
export function addEventsRoutes(router: Router, dependencies: EventsDependencies): void {
  const { sessions, streams, failed, now } = dependencies;
  const isStale = (since: number) => since < now() - MAX_CATCH_UP_MS;
  const stale = (): PageEvent => ({ name: 'stale', data: null, at: now() });

  router.get('/console/events', notFromElsewhere(), async (ctx) => {
    const session = await assertSession(ctx, sessions);
    if (ctx.method === 'HEAD') return sendNothing(ctx);
    const since = Number(ctx.get('last-event-id') || ctx.query.since) || now();
    let unsubscribe = () => {};
    const stream = streams.start(ctx, {
      owner: session.id,
      isWelcome: () => sessions.isAlive(session),
      closed: () => unsubscribe(),
    });
    if (isStale(since)) return send(stream, [stale()]);
    const changes = changesOf(ctx.query, session, dependencies);
    const tell = (events: Promise<PageEvent[]>) => void events.then((all) => send(stream, all)).catch(failed);
    unsubscribe = changes.subscribe(tell);
    tell(changes.since(since));
  });

  router.get('/console/changes', notFromElsewhere(), async (ctx) => {
    const session = await assertSession(ctx, sessions);
    ctx.state.isRoutine = true;
    const at = now();
    const since = Number(ctx.query.since) || at;
    const events = isStale(since) ? [stale()] : await changesOf(ctx.query, session, dependencies).since(since);
    ctx.body = { at, events };
  });
}

/** @throws Problem 401 `unauthorized` where nobody is signed in, or no longer */
async function assertSession(ctx: Context, sessions: Sessions): Promise<Session> {
  const session = await sessionOf(ctx, sessions);
  if (!session) throw new Problem(401, 'unauthorized', { detail: 'Sign in to the console first.' });
  return session;
}

function send(stream: EventStream, events: readonly PageEvent[]): void {
  for (const { name, data, at } of events) stream.send(name, data, at);
}

// A stream that nobody reads would never be closed.
function sendNothing(ctx: Context): void {
  ctx.status = 200;
  ctx.type = 'text/event-stream';
}
