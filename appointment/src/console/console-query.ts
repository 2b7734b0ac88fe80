import { textField } from '@appointments/chassis';
import { z } from 'zod';
import { bookingStatus } from '../schema.ts';
import type { RowFilter } from './booking-rows.ts';

// Links are shared and edited by hand: what does not fit is as if it had not been said.
const filterQuery = z.object({
  status: bookingStatus.optional().catch(undefined),
  doctor: textField(100).optional().catch(undefined),
});

const pageQuery = z.object({ before: z.uuid().optional().catch(undefined) });

/** What a query asks to see. */
export const bookingFilter = (query: unknown): RowFilter => filterQuery.parse(query);

/** From where on a query asks for older bookings. */
export const pageStart = (query: unknown): string | undefined => pageQuery.parse(query).before;

const BOOKING_ID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

/** The booking id in pasted text, be it a path or a log line. */
export const findBookingId = (text: string): string | undefined => BOOKING_ID.exec(text.toLowerCase())?.[0];

/** The address of a list. */
export function listPath({ status, doctor }: RowFilter, before?: string): string {
  const query = new URLSearchParams({
    ...(status && { status }),
    ...(doctor && { doctor }),
    ...(before && { before }),
  });
  return query.size === 0 ? '/console' : `/console?${query}`;
}
