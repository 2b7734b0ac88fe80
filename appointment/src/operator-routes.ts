import { defineRoute, jsonReply, type Route } from '@appointments/chassis';
import { z } from 'zod';
import { actorOf } from './access/actor.ts';
import type { Guards } from './access/guards.ts';
import { BOOKING, reasonExamples, resolutionExamples, retriesExamples } from './examples.ts';
import type { BookingFinder } from './find-bookings.ts';
import type { OperatorActions } from './operator-actions.ts';
import {
  bookingEnded,
  bookingNotConfirmed,
  bookingNotFound,
  bookingNotPaused,
  bookingNotStuck,
  stepNotOpen,
} from './problems.ts';
import * as reply from './reply-schema.ts';
import { reasonBody, resolutionBody, retriesBody } from './schema.ts';

const tag = 'Operators';
const params = z.object({ id: z.string().meta({ description: "The booking's id, as in `Location`." }) });
const examples = { id: BOOKING.id };
const booking = (description: string) => ({ description, schema: reply.bookingReply, example: BOOKING });
const cancelled = { ...BOOKING, status: 'cancelled' };

const cancelBooking = ({ find }: BookingFinder, { cancel }: OperatorActions, guards: Guards) =>
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
    body: { schema: reasonBody, examples: reasonExamples(200) },
    replies: {
      200: { ...booking('It is cancelled.'), example: cancelled },
      202: { ...booking('It is being cancelled.'), example: { ...cancelled, status: 'compensating' } },
    },
    problems: [bookingNotFound, bookingNotConfirmed],
    async handler({ params: { id }, body }, ctx) {
      const caller = guards.callerOf(ctx);
      // Whose it is, before anything is done to it.
      await find(id, caller);
      await cancel(id, actorOf(guards.knownCaller(ctx), body?.reason));
      const moved = await find(id, caller);
      return jsonReply(moved.status === 'cancelled' ? 200 : 202, moved);
    },
  });

const retryBooking = ({ find }: BookingFinder, { retry }: OperatorActions, guards: Guards) =>
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
      await retry(id, actorOf(guards.knownCaller(ctx)));
      return jsonReply(200, await find(id, guards.callerOf(ctx)));
    },
  });

const pauseBooking = ({ find }: BookingFinder, { pause }: OperatorActions, guards: Guards) =>
  defineRoute({
    method: 'post',
    path: '/bookings/:id/pause',
    operationId: 'pauseBooking',
    tag,
    summary: 'Keep a booking from being worked on',
    description:
      'Until it is resumed. A card number is lost with that: a booking by card that was not paid is rolled back once it is resumed.',
    guard: guards.operate,
    params,
    examples,
    body: { schema: reasonBody, examples: reasonExamples(409) },
    replies: { 200: { ...booking('It is paused.'), example: { ...BOOKING, status: 'paused' } } },
    problems: [bookingNotFound, bookingEnded],
    async handler({ params: { id }, body }, ctx) {
      await pause(id, actorOf(guards.knownCaller(ctx), body?.reason));
      return jsonReply(200, await find(id, guards.callerOf(ctx)));
    },
  });

const resumeBooking = ({ find }: BookingFinder, { resume }: OperatorActions, guards: Guards) =>
  defineRoute({
    method: 'post',
    path: '/bookings/:id/resume',
    operationId: 'resumeBooking',
    tag,
    summary: 'Work on a paused booking again',
    guard: guards.operate,
    params,
    examples,
    body: { schema: reasonBody, examples: reasonExamples(409) },
    replies: { 200: booking('The booking after another run.') },
    problems: [bookingNotFound, bookingNotPaused],
    async handler({ params: { id }, body }, ctx) {
      await resume(id, actorOf(guards.knownCaller(ctx), body?.reason));
      return jsonReply(200, await find(id, guards.callerOf(ctx)));
    },
  });

const resolveStep = ({ find }: BookingFinder, { resolve }: OperatorActions, guards: Guards) =>
  defineRoute({
    method: 'post',
    path: '/bookings/:id/resolution',
    operationId: 'resolveStep',
    tag,
    summary: 'Settle a step by hand that no retry can settle',
    description: 'Of a booking that is stuck or paused: any other still tries the step itself.',
    guard: guards.operate,
    params,
    examples,
    body: { schema: resolutionBody, examples: resolutionExamples },
    replies: { 200: booking('The booking as it goes on.') },
    problems: [bookingNotFound, stepNotOpen],
    async handler({ params: { id }, body }, ctx) {
      await resolve(id, body, actorOf(guards.knownCaller(ctx)));
      return jsonReply(200, await find(id, guards.callerOf(ctx)));
    },
  });

const retryBookings = ({ retryMany }: OperatorActions, guards: Guards) =>
  defineRoute({
    method: 'post',
    path: '/bookings/retries',
    operationId: 'retryBookings',
    tag,
    summary: 'Run many stuck bookings at once',
    description: 'These, or all that are stuck, 200 at a time. It does not wait for what that brings.',
    guard: guards.operate,
    body: { schema: retriesBody, examples: retriesExamples },
    replies: {
      200: {
        description: '`code` says why a booking was not retried; `more` says that there are more that are stuck.',
        schema: reply.retriesReply,
        example: { items: [{ id: BOOKING.id, code: null }], more: false },
      },
    },
    handler: async ({ body }, ctx) =>
      jsonReply(200, await retryMany(body, actorOf(guards.knownCaller(ctx), body?.reason))),
  });

/** The routes that act on a booking by hand: for operators, and a cancellation for the client whose it is as well. */
export function operatorRoutes(finder: BookingFinder, actions: OperatorActions, guards: Guards): Route[] {
  return [
    cancelBooking(finder, actions, guards),
    retryBooking(finder, actions, guards),
    retryBookings(actions, guards),
    pauseBooking(finder, actions, guards),
    resumeBooking(finder, actions, guards),
    resolveStep(finder, actions, guards),
  ];
}
