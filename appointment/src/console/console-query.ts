import { z } from 'zod';
import type { BookingFilter } from '../booking-filter.ts';
import { bookingFilter } from '../schema.ts';

// Links are shared and edited by hand, and a form sends what was left empty: what does not fit is as if it had not been said.
const { q, status, outcome, doctor, from, to } = bookingFilter.shape;
const filterQuery = z.object({
  q: q.catch(undefined),
  status: status.catch(undefined),
  outcome: outcome.catch(undefined),
  doctor: doctor.catch(undefined),
  from: from.catch(undefined),
  to: to.catch(undefined),
});

const pageQuery = z.object({ before: z.uuid().optional().catch(undefined) });

/** What a query asks to see. */
export const readFilter = (query: unknown): BookingFilter => filterQuery.parse(query);

/** The parts of a filter that say something, as a query has them. */
export const filterEntries = (filter: BookingFilter): Record<string, string> =>
  Object.fromEntries(Object.entries(filter).filter(([, value]) => value)) as Record<string, string>;

/** From where on a query asks for older bookings. */
export const pageStart = (query: unknown): string | undefined => pageQuery.parse(query).before;

const BOOKING_ID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

/** The booking id in pasted text, be it a path or a log line. */
export const findBookingId = (text: string): string | undefined => BOOKING_ID.exec(text.toLowerCase())?.[0];

/** The address of all bookings that a filter lets through, as CSV. */
export function csvPath(filter: BookingFilter): string {
  const query = new URLSearchParams(filterEntries(filter));
  return `/console/bookings.csv${query.size === 0 ? '' : `?${query}`}`;
}

/** The address of a list. */
export function listPath(filter: BookingFilter, before?: string): string {
  const query = new URLSearchParams({ ...filterEntries(filter), ...(before && { before }) });
  return query.size === 0 ? '/console' : `/console?${query}`;
}
