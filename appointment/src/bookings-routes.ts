import { defineRoute, jsonReply, type Route } from '@appointments/chassis';
import { z } from 'zod';
import type { Guards } from './access/guards.ts';
import { BOOKING } from './examples.ts';
import type { BookingFinder } from './find-bookings.ts';
import { bookingNotFound } from './problems.ts';
import * as reply from './reply-schema.ts';
import { bookingsQuery } from './schema.ts';

const tag = 'Operators';
const params = z.object({ id: z.string().meta({ description: "The booking's id, as in `Location`." }) });
const examples = { id: BOOKING.id };
const booking = (description: string) => ({ description, schema: reply.bookingReply, example: BOOKING });

const getBooking = ({ find }: BookingFinder, { see, callerOf }: Guards) =>
  defineRoute({
    method: 'get',
    path: '/bookings/:id',
    operationId: 'getBooking',
    tag: 'Bookings',
    summary: 'One booking, with its steps',
    guard: see,
    params,
    examples,
    replies: { 200: booking('The booking as it stands.') },
    problems: [bookingNotFound],
    handler: async ({ params: { id } }, ctx) => jsonReply(200, await find(id, callerOf(ctx))),
  });

const listBookings = ({ list }: BookingFinder, { seeAll, callerOf }: Guards) =>
  defineRoute({
    method: 'get',
    path: '/bookings',
    operationId: 'listBookings',
    tag,
    summary: 'All bookings page by page, the newest first',
    description:
      'A page may have less than its limit, even nothing, and a `nextCursor` all the same: then there is more to look through.',
    guard: seeAll,
    query: bookingsQuery,
    examples: {
      q: 'thomas',
      status: 'confirmed',
      outcome: 'confirmed',
      doctor: 'John Doe',
      from: '2026-01-05',
      to: '2026-12-31',
      limit: 50,
      cursor: 'ffffffff-ffff-7fff-bfff-ffffffffffff',
    },
    replies: {
      200: {
        description: 'One page; `nextCursor` is null on the last.',
        schema: reply.bookingsReply,
        example: { items: [BOOKING], nextCursor: null },
      },
    },
    handler: async ({ query }, ctx) => jsonReply(200, await list(query, callerOf(ctx))),
  });

/** The routes of bookings as a resource. */
export function bookingsRoutes(finder: BookingFinder, guards: Guards): Route[] {
  return [getBooking(finder, guards), listBookings(finder, guards)];
}
