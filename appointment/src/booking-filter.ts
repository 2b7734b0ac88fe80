import { nameKey } from '@appointments/chassis';
import type { BookingOutcome, BookingStatus } from './schema.ts';

/** What bookings are asked for; all of it has to fit. */
export interface BookingFilter {
  /** The beginning of a booking's id or of its patient's name, or its appointment id or payment id. */
  q?: string | undefined;
  status?: BookingStatus | undefined;
  outcome?: BookingOutcome | undefined;
  /** The doctor's name or its beginning, in any case. */
  doctor?: string | undefined;
  /** The first and the last day on which it was booked, YYYY-MM-DD in UTC. */
  from?: string | undefined;
  to?: string | undefined;
}

/** Ids from `least` on and before `below`. */
export interface IdRange {
  least: string;
  below: string;
}

/** Comes after every id and name. */
export const AFTER_ALL = '\u{10ffff}';

const DAY_MS = 86_400_000;

/**
 * The ids of bookings made on these days: an id is a UUIDv7, which begins with the time.
 *
 * @param before only ids before this one
 */
export function idRange({ from, to }: BookingFilter, before = AFTER_ALL): IdRange {
  const least = from === undefined ? '' : firstIdAt(Date.parse(from));
  const end = to === undefined ? AFTER_ALL : firstIdAt(Date.parse(to) + DAY_MS);
  return { least, below: before < end ? before : end };
}

/** The least id of a UUIDv7 at a time, in milliseconds since the epoch. */
export const firstIdAt = (at: number): string =>
  Math.max(0, at)
    .toString(16)
    .padStart(12, '0')
    .replace(/^(.{8})/, '$1-');

/** Whether a filter lets a booking through that is at hand; what only the services know of `q` counts for nothing. */
export function passes(
  filter: BookingFilter,
  booking: { id: string; status: BookingStatus; outcome: BookingOutcome | null; name: string; doctor: string },
): boolean {
  const { q, status, outcome, doctor } = filter;
  const { least, below } = idRange(filter);
  return (
    (status === undefined || booking.status === status) &&
    (outcome === undefined || booking.outcome === outcome) &&
    (doctor === undefined || nameKey(booking.doctor).startsWith(nameKey(doctor))) &&
    (q === undefined || booking.id.startsWith(q.toLowerCase()) || nameKey(booking.name).startsWith(nameKey(q))) &&
    booking.id >= least &&
    booking.id < below
  );
}
