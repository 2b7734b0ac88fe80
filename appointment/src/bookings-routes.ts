import { defineRoute, jsonReply, type Route } from '@appointments/chassis';
import type { Context } from 'koa';
import { z } from 'zod';
import { OPERATOR } from './access/access-file.ts';
import type { Guards } from './access/guards.ts';
import { BOOKING, cancellationExamples } from './examples.ts';
import type { BookingFinder } from './find-bookings.ts';
import type { OperatorMoves } from './operator-moves.ts';
import { bookingNotConfirmed, bookingNotFound, bookingNotStuck } from './problems.ts';
import * as reply from './reply-schema.ts';
import { bookingsQuery, cancellationBody } from './schema.ts';

const tag = 'Operators';
const params = z.object({ id: z.string().meta({ description: "The booking's id, as in `Location`." }) });
const examples = { id: BOOKING.id };
const booking = (description: string) => ({ description, schema: reply.bookingReply, example: BOOKING });
const cancelled = { ...BOOKING, status: 'cancelled' };
const moverOf = (guards: Guards, ctx: Context) => ({ by: guards.callerOf(ctx)?.id ?? OPERATOR });

const getBooking = ({ find }: BookingFinder, { see, callerOf }: Guards) =>
  defineRoute({
    method: 'get',
    path: '/bookings/:id',
    operationId: 'getBooking',
    tag: 'Bookings',
    summary: 'One booking, with its steps',
    ...(see && { guard: see }),
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

const cancelBooking = ({ find }: BookingFinder, { cancel }: OperatorMoves, guards: Guards) =>
  defineRoute({
    method: 'put',
    path: '/bookings/:id/cancellation',
    operationId: 'cancelBooking',
    tag,
    summary: 'Refund and release a booking',
    description:
      'For a confirmed booking, or one that is stuck, waiting or paused before its outcome. Whatever has been done is undone. ' +
      'Idempotent.',
    guard: guards.cancel,
    params,
    examples,
    body: { schema: cancellationBody, examples: cancellationExamples },
    replies: {
      200: { ...booking('It is cancelled.'), example: cancelled },
      202: { ...booking('It is being cancelled.'), example: { ...cancelled, status: 'compensating' } },
    },
    problems: [bookingNotFound, bookingNotConfirmed],
    async handler({ params: { id }, body }, ctx) {
      const caller = guards.callerOf(ctx);
      // Whose it is, before anything is done to it.
      await find(id, caller);
      await cancel(id, { ...moverOf(guards, ctx), ...(body?.reason !== undefined && { reason: body.reason }) });
      const moved = await find(id, caller);
      return jsonReply(moved.status === 'cancelled' ? 200 : 202, moved);
    },
  });

const retryBooking = ({ find }: BookingFinder, { retry }: OperatorMoves, guards: Guards) =>
  defineRoute({
    method: 'post',
    path: '/bookings/:id/retry',
    operationId: 'retryBooking',
    tag,
    summary: 'Run a stuck booking at once',
    guard: guards.operate,
    params,
    examples,
    replies: { 200: booking('The booking after another run.') },
    problems: [bookingNotFound, bookingNotStuck],
    async handler({ params: { id } }, ctx) {
      await retry(id, moverOf(guards, ctx));
      return jsonReply(200, await find(id, guards.callerOf(ctx)));
    },
  });

/** The routes of bookings as a resource. */
export function bookingsRoutes(finder: BookingFinder, moves: OperatorMoves, guards: Guards): Route[] {
  return [
    getBooking(finder, guards),
    listBookings(finder, guards),
    cancelBooking(finder, moves, guards),
    retryBooking(finder, moves, guards),
  ];
}
