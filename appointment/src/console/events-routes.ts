import type { Html } from '@appointments/chassis';
import { Problem } from '@appointments/chassis';
import type Router from '@koa/router';
import type { Context, Middleware } from 'koa';
import { passes } from '../booking-filter.ts';
import { bookingIdOf } from '../webhooks/events.ts';
import type { BookingRow } from './booking-rows.ts';
import type { ChangeFeed, Changes, ChangingRow } from './change-feed.ts';
import { readFilter } from './console-query.ts';
import type { EventStream, EventStreams } from './event-streams.ts';
import { bookingRow } from './pages/booking-row.ts';
import type { Session, Sessions } from './session.ts';
import { sessionOf } from './signed-in.ts';

export interface EventsDependencies {
  sessions: Sessions;
  streams: EventStreams;
  feed: ChangeFeed<BookingRow>;
  /** Of webhook deliveries, which a booking's page shows as well. */
  deliveryFeed: ChangeFeed<ChangingRow>;
  /** The parts of a booking's page that change, by the id of the element each goes into; undefined for no booking. */
  renderBooking: (id: string, session: Session) => Promise<Record<string, Html> | undefined>;
  /** The same for the list's page. */
  renderSurroundings: () => Promise<Record<string, Html>>;
  failed: (error: unknown) => void;
  now: () => number;
}

// A page that was away for longer had better be read again.
const MAX_CATCH_UP_MS = 10 * 60_000;

const toText = (parts: Record<string, Html>) =>
  Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, part.toString()]));

/** Adds `GET /console/events`: what happens to the list, or to one booking, while a page shows it. */
export function addEventsRoute(router: Router, guards: Middleware[], dependencies: EventsDependencies): void {
  const { sessions, streams, feed, deliveryFeed, failed, now } = dependencies;

  router.get('/console/events', ...guards, async (ctx) => {
    const session = await sessionOf(ctx, sessions);
    if (!session) throw new Problem(401, 'unauthorized', { detail: 'Sign in to the console first.' });
    if (ctx.method === 'HEAD') return sendNothing(ctx);
    const since = Number(ctx.get('last-event-id') || ctx.query.since) || now();
    const subscriptions: Array<() => void> = [];
    const stream = streams.start(
      ctx,
      () => sessions.isAlive(session),
      () => {
        for (const end of subscriptions) end();
      },
    );
    if (since < now() - MAX_CATCH_UP_MS) return stream.send('stale', null);
    function follow<Row extends ChangingRow>(one: ChangeFeed<Row>, send: (changes: Changes<Row>) => Promise<void>) {
      const listener = (changes: Changes<Row>) => void send(changes).catch(failed);
      subscriptions.push(one.subscribe(listener));
      one.missedSince(since).then(listener, failed);
    }
    if (!ctx.query.booking) return follow(feed, sendList(dependencies, ctx, stream));
    const send = sendBooking(dependencies, ctx, session, stream);
    follow(feed, send);
    follow(deliveryFeed, send);
  });
}

// A stream that nobody reads would never be closed.
function sendNothing(ctx: Context): void {
  ctx.status = 200;
  ctx.type = 'text/event-stream';
}

function sendBooking({ renderBooking, now }: EventsDependencies, ctx: Context, session: Session, stream: EventStream) {
  const id = String(ctx.query.booking);
  return async ({ rows, flood }: Changes): Promise<void> => {
    if (!flood && !rows.some((row) => bookingIdOf(row.id) === id)) return;
    const at = now();
    const parts = await renderBooking(id, session);
    if (parts) stream.send('parts', toText(parts), at);
  };
}

const rendered = new WeakMap<BookingRow, string>();

function renderOnce(row: BookingRow, now: number): string {
  const text = rendered.get(row) ?? bookingRow(row, now).toString();
  rendered.set(row, text);
  return text;
}

function sendList({ renderSurroundings, now }: EventsDependencies, ctx: Context, stream: EventStream) {
  const filter = readFilter(ctx.query);
  let sent = '';
  return async ({ rows }: Changes<BookingRow>): Promise<void> => {
    const at = now();
    if (rows.length > 0) {
      const changes = rows.map((row) => ({ id: row.id, row: passes(filter, row) ? renderOnce(row, at) : null }));
      stream.send('rows', changes, at);
    }
    const surroundings = toText(await renderSurroundings());
    if (JSON.stringify(surroundings) === sent) return;
    sent = JSON.stringify(surroundings);
    stream.send('parts', surroundings, at);
  };
}
