import { defineRoute, jsonReply, type Route, type RouteGuard } from '@appointments/chassis';
import { z } from 'zod';
import { BOOKING } from './examples.ts';
import type { BookingFinder } from './find-bookings.ts';
import type { OperatorMoves } from './operator-moves.ts';
import { bookingNotConfirmed, bookingNotFound, bookingNotStuck } from './problems.ts';
import * as reply from './reply-schema.ts';
import { bookingsQuery } from './schema.ts';

const tag = 'Operators';
const params = z.object({ id: z.string().meta({ description: "The booking's id, as in `Location`." }) });
const examples = { id: BOOKING.id };
const booking = (description: string) => ({ description, schema: reply.bookingReply, example: BOOKING });
const cancelled = { ...BOOKING, status: 'cancelled' };

const getBooking = ({ find }: BookingFinder) =>
  defineRoute({
    method: 'get',
    path: '/bookings/:id',
    operationId: 'getBooking',
    tag: 'Bookings',
    summary: 'One booking, with its steps',
    params,
    examples,
    replies: { 200: booking('The booking as it stands.') },
    problems: [bookingNotFound],
    handler: async ({ params: { id } }) => jsonReply(200, await find(id)),
  });

const listBookings = ({ list }: BookingFinder, guard: RouteGuard) =>
  defineRoute({
    method: 'get',
    path: '/bookings',
    operationId: 'listBookings',
    tag,
    summary: 'All bookings page by page, the newest first',
    description:
      'A page may have less than its limit, even nothing, and a `nextCursor` all the same: then there is more to look through.',
    guard,
    query: bookingsQuery,
    examples: {
      q: 'thomas',
      status: 'confirmed',
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
    handler: async ({ query }) => jsonReply(200, await list(query)),
  });

const cancelBooking = ({ cancel }: OperatorMoves, guard: RouteGuard) =>
  defineRoute({
    method: 'put',
    path: '/bookings/:id/cancellation',
    operationId: 'cancelBooking',
    tag,
    summary: 'Refund and release a booking',
    description:
      'For a confirmed booking, or one that is stuck, waiting or paused before its outcome. Whatever has been done is undone. ' +
      'Idempotent.',
    guard,
    params,
    examples,
    replies: {
      200: { ...booking('It is cancelled.'), example: cancelled },
      202: { ...booking('It is being cancelled.'), example: { ...cancelled, status: 'compensating' } },
    },
    problems: [bookingNotFound, bookingNotConfirmed],
    async handler({ params: { id } }) {
      const moved = await cancel(id);
      return jsonReply(moved.status === 'cancelled' ? 200 : 202, moved);
    },
  });

const retryBooking = ({ retry }: OperatorMoves, guard: RouteGuard) =>
  defineRoute({
    method: 'post',
    path: '/bookings/:id/retry',
    operationId: 'retryBooking',
    tag,
    summary: 'Run a stuck booking at once',
    guard,
    params,
    examples,
    replies: { 200: booking('The booking after another run.') },
    problems: [bookingNotFound, bookingNotStuck],
    handler: async ({ params: { id } }) => jsonReply(200, await retry(id)),
  });

/** The routes of bookings as a resource; all but the one for a single booking are for operators. */
export function bookingsRoutes(finder: BookingFinder, moves: OperatorMoves, guard: RouteGuard): Route[] {
  return [getBooking(finder), listBookings(finder, guard), cancelBooking(moves, guard), retryBooking(moves, guard)];
}
