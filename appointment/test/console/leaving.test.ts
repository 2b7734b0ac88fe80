import { once } from 'node:events';
import { connect } from 'node:net';
import { startTestServer, waitUntil } from '@appointments/chassis/testing';
import Router from '@koa/router';
import Koa from 'koa';
import { expect, test } from 'vitest';
import type { BookingRow } from '../../src/console/booking-rows.ts';
import { createChangeFeed } from '../../src/console/change-feed.ts';
import { createEventStreams } from '../../src/console/event-streams.ts';
import { addEventsRoutes } from '../../src/console/events-routes.ts';
import type { Session, Sessions } from '../../src/console/session.ts';

/** The routes over a session store that takes its time, and a feed that tells how many listen. */
async function startSlowly() {
  const asked = Promise.withResolvers<void>();
  const session = Promise.withResolvers<Session>();
  let listening = 0;
  let closed = 0;
  const feed = createChangeFeed<BookingRow>({ readChanges: async () => [], now: Date.now });
  const counted: typeof feed = {
    ...feed,
    subscribe(listener) {
      listening += 1;
      const end = feed.subscribe(listener);
      return () => {
        listening -= 1;
        closed += 1;
        return end();
      };
    },
  };
  const sessions = {
    isAlive: async () => true,
    read: () => {
      asked.resolve();
      return session.promise;
    },
  } as unknown as Sessions;
  const router = new Router();
  addEventsRoutes(router, {
    ...{ sessions, feed: counted, deliveryFeed: counted, failed: () => {}, now: Date.now },
    streams: createEventStreams(new AbortController().signal),
    renderBooking: async () => undefined,
    renderSurroundings: async () => ({}),
  });
  const app = new Koa();
  app.silent = true;
  app.use(router.routes());
  const server = await startTestServer(app);
  return {
    url: new URL(server.url),
    asked: asked.promise,
    letIn: () => session.resolve({ id: 'one' } as Session),
    counts: () => ({ listening, closed }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

test.each(['ends its side', 'resets the connection'])(
  'When a browser %s while its session is read, Then neither a stream nor a listener is left',
  async (how) => {
    await using routes = await startSlowly();
    const browser = connect({ host: routes.url.hostname, port: Number(routes.url.port), allowHalfOpen: true });
    await once(browser, 'connect');
    browser.write('GET /console/events HTTP/1.1\r\nHost: x\r\n\r\n');
    await routes.asked;
    if (how === 'ends its side') browser.end();
    else browser.resetAndDestroy();
    // The server has heard of it by the time that another of its connections is served.
    await fetch(new URL('/none', routes.url)).then((response) => response.body?.cancel());

    routes.letIn();

    await waitUntil('the listener is gone', () => routes.counts().closed === 1);
    expect(routes.counts().listening).toBe(0);
    browser.destroy();
  },
);
