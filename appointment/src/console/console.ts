import type { Logger } from '@appointments/chassis';
import Router from '@koa/router';
import type { SagaRecord } from 'durable-saga';
import type { Middleware } from 'koa';
import type { Callers } from '../access/callers.ts';
import type { GuessLimit } from '../access/guess-limit.ts';
import type { BookingFilter } from '../booking-filter.ts';
import { type AppointmentDatabase, findBooking } from '../booking-store.ts';
import type { FindReferences } from '../find-references.ts';
import type { Deliveries } from '../webhooks/deliveries.ts';
import { listChangedDeliveries } from '../webhooks/delivery-store.ts';
import { serveAsset } from './assets.ts';
import { listChanges, listRows } from './booking-rows.ts';
import { createChangeFeed } from './change-feed.ts';
import { createEventStreams } from './event-streams.ts';
import { addEventsRoutes } from './events-routes.ts';
import { pageFrame, sendPage } from './page-frame.ts';
import { bookingParts } from './pages/booking-page.ts';
import { listParts } from './pages/bookings-page.ts';
import { shutPage } from './pages/problem-page.ts';
import { addPagesRoutes, type ConsoleActions } from './pages-routes.ts';
import { createPeerStates, type WatchedPeer } from './peer-states.ts';
import { createSessions, type Session } from './session.ts';
import { addSignInRoutes } from './sign-in-routes.ts';
import { createSignedOutSessions } from './signed-out-sessions.ts';
import { addTestBookingRoutes } from './test-booking-routes.ts';
import type { TestBookings } from './test-bookings.ts';
import { readToday } from './today.ts';
import { createTodayCache } from './today-cache.ts';

export interface ConsoleOptions {
  database: AppointmentDatabase;
  findSaga: (id: string) => Promise<SagaRecord | undefined>;
  findReferences: FindReferences;
  actions: ConsoleActions;
  testBookings: TestBookings;
  /** Of webhooks. */
  deliveries: Deliveries;
  peers: readonly WatchedPeer[];
  /** What sessions are signed with; without one the console is shut. */
  operatorToken: string | undefined;
  /** How long a cardholder has for confirming a payment, in milliseconds. */
  actionTimeoutMs: number;
  /** The address of a trace, with `{traceId}` in the place of its id; none where traces are nowhere to be seen. */
  traceUrl?: string | undefined;
  /** Who may sign in: operators, and viewers. */
  callers: Callers;
  /** Limits wrong tokens, wherever they are sent. */
  guesses: GuessLimit;
  logger: Logger;
  draining: AbortSignal;
  /** Steady: sessions, limits and caches go by it. */
  now: () => number;
}

const PAGE_SIZE = 50;
const CSV_PAGE_SIZE = 200;

/** The operations console: pages to see how bookings fare and to act on them. */
export function createConsole(options: ConsoleOptions): Router {
  const router = new Router();
  const { operatorToken } = options;
  router.get('/console/assets/:file', serveAsset);
  if (operatorToken) addRoutes(router, operatorToken, options);
  else router.all(['/console', '/console/*rest'], pageFrame(), (ctx) => sendPage(ctx, shutPage(), 403));
  return router;
}

function addRoutes(router: Router, operatorToken: string, options: ConsoleOptions): void {
  const { database, logger, draining, now, actions, deliveries, callers, testBookings } = options;
  const sessions = createSessions(operatorToken, createSignedOutSessions(database, now), now, callers.byId);
  const guards: Middleware[] = [pageFrame()];
  const views = createViews(options, (session) => sessions.csrfToken(session));
  const failed = (error: unknown) => logger.warn('the console could not look for changes', { error });

  const streams = createEventStreams(draining);
  addSignInRoutes(router, guards, { callers, sessions, streams, guesses: options.guesses, logger });
  addEventsRoutes(router, {
    sessions,
    streams,
    feed: createChangeFeed({
      readChanges: (after, limit) => listChanges(database.read, after, limit),
      now,
      failed,
    }),
    deliveryFeed: createChangeFeed({
      readChanges: (after, limit) => listChangedDeliveries(database.read, after, limit),
      now,
      failed,
    }),
    renderBooking: views.renderBooking,
    renderSurroundings: views.renderSurroundings,
    failed,
    now,
  });
  const { areOffered: offersTest } = testBookings;
  addTestBookingRoutes(router, guards, { sessions, testBookings, now });
  addPagesRoutes(router, guards, { sessions, ...views, actions, offersTest, sendAgain: deliveries.sendAgain });
}

/** What the pages show, read from the store. */
function createViews(options: ConsoleOptions, csrfToken: (session: Session) => string) {
  const { database, findSaga, findReferences, deliveries, peers, now, actionTimeoutMs } = options;
  const today = createTodayCache(() => readToday(database.read, now()), now);
  const peerStates = createPeerStates(peers, now);

  async function readSurroundings() {
    return { today: await today(), peers: await peerStates(), now: now() };
  }

  async function readList(filter: BookingFilter, before: string | undefined) {
    const [surroundings, references] = await Promise.all([readSurroundings(), findReferences(filter.q)]);
    const page = await listRows(database.read, filter, { before, limit: PAGE_SIZE, references });
    return { ...surroundings, filter, before, page };
  }

  async function readRows(filter: BookingFilter) {
    const references = await findReferences(filter.q);
    return (before: string | undefined) =>
      listRows(database.read, filter, { before, limit: CSV_PAGE_SIZE, references });
  }

  async function readBooking(id: string, session: Session) {
    const [saga, booking] = await Promise.all([findSaga(id), findBooking(database.read, id)]);
    if (!saga || !booking) return undefined;
    const mayAct = session.caller.role === 'operator';
    const traceUrl = saga.trace ? options.traceUrl?.replaceAll('{traceId}', saga.trace.traceId) : undefined;
    return {
      saga,
      booking,
      traceUrl,
      actionTimeoutMs,
      deliveries: await deliveries.list(id),
      mayAct,
      now: now(),
      csrf: csrfToken(session),
    };
  }

  async function renderBooking(id: string, session: Session) {
    const data = await readBooking(id, session);
    return data && bookingParts(data);
  }

  return {
    readList,
    readRows,
    readBooking,
    renderBooking,
    renderSurroundings: async () => listParts(await readSurroundings()),
  };
}
