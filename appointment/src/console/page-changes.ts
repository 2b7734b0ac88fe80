import type { Html } from '@appointments/chassis';
import { passes } from '../booking-filter.ts';
import { bookingIdOf } from '../webhooks/events.ts';
import type { BookingRow } from './booking-rows.ts';
import type { ChangeFeed, Changes, ChangingRow } from './change-feed.ts';
import { readFilter } from './console-query.ts';
import { bookingRow } from './pages/booking-row.ts';
import type { Session } from './session.ts';

export interface PageChangesDependencies {
  feed: ChangeFeed<BookingRow>;
  /** Of webhook deliveries, which a booking's page shows as well. */
  deliveryFeed: ChangeFeed<ChangingRow>;
  /** The parts of a booking's page that change, by the id of the element each goes into; undefined for no booking. */
  renderBooking: (id: string, session: Session) => Promise<Record<string, Html> | undefined>;
  /** The same for the list's page. */
  renderSurroundings: () => Promise<Record<string, Html>>;
  now: () => number;
}

/** One thing that a page is told. */
export interface PageEvent {
  name: 'rows' | 'parts' | 'stale';
  data: unknown;
  /** What the page has seen everything up to, with this. */
  at: number;
}

/** What happens to one page's subject: the list under a filter, or one booking. */
export interface PageChanges {
  /** Tells what happens from now on, as it does; `tell` rejects where the store does not respond. */
  subscribe(tell: (events: Promise<PageEvent[]>) => void): () => void;
  /** What has happened since. */
  since(at: number): Promise<PageEvent[]>;
}

const toText = (parts: Record<string, Html>) =>
  Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, part.toString()]));

const rendered = new WeakMap<BookingRow, string>();

function renderOnce(row: BookingRow, now: number): string {
  const text = rendered.get(row) ?? bookingRow(row, now).toString();
  rendered.set(row, text);
  return text;
}

/** The changes of the page that a query describes, for the one who has the session. */
export function changesOf(query: { booking?: unknown }, session: Session, dependencies: PageChangesDependencies) {
  return query.booking
    ? changesOfBooking(String(query.booking), session, dependencies)
    : changesOfList(query, dependencies);
}

function changesOfBooking(
  id: string,
  session: Session,
  { feed, deliveryFeed, renderBooking, now }: PageChangesDependencies,
): PageChanges {
  async function events({ rows, flood }: Changes<ChangingRow>): Promise<PageEvent[]> {
    if (!flood && !rows.some((row) => bookingIdOf(row.id) === id)) return [];
    const at = now();
    const parts = await renderBooking(id, session);
    return parts ? [{ name: 'parts', data: toText(parts), at }] : [];
  }
  return {
    subscribe(tell) {
      const ends = [feed, deliveryFeed].map((one) => one.subscribe((changes) => tell(events(changes))));
      return () => {
        for (const end of ends) end();
      };
    },
    async since(at) {
      const missed: Array<Changes<ChangingRow>> = await Promise.all([
        feed.missedSince(at),
        deliveryFeed.missedSince(at),
      ]);
      return events({ rows: missed.flatMap(({ rows }) => rows), flood: missed.some(({ flood }) => flood) });
    },
  };
}

function changesOfList(query: unknown, { feed, renderSurroundings, now }: PageChangesDependencies): PageChanges {
  const filter = readFilter(query);
  // A row that is shown because a service knows its booking under `q` stays, however little else of it fits.
  const { q: _, ...lasting } = filter;
  let sent = '';

  async function events({ rows }: Changes<BookingRow>): Promise<PageEvent[]> {
    const at = now();
    const told: PageEvent[] = [];
    if (rows.length > 0) {
      const data = rows.map((row) => ({
        id: row.id,
        row: passes(lasting, row) ? renderOnce(row, at) : null,
        isFound: passes(filter, row),
      }));
      told.push({ name: 'rows', data, at });
    }
    const surroundings = toText(await renderSurroundings());
    if (JSON.stringify(surroundings) === sent) return told;
    sent = JSON.stringify(surroundings);
    return [...told, { name: 'parts', data: surroundings, at }];
  }
  return {
    subscribe: (tell) => feed.subscribe((changes) => tell(events(changes))),
    since: async (at) => events(await feed.missedSince(at)),
  };
}
