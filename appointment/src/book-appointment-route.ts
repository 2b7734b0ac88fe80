import { defineRoute, type IdempotentRequest, type Route, replyHeader } from '@appointments/chassis';
import { z } from 'zod';
import type { Guards } from './access/guards.ts';
import { BOOKING, bookingExamples, CONFIRMATION, FAILURE } from './examples.ts';
import { outcomeUnknown, overloaded } from './problems.ts';
import * as reply from './reply-schema.ts';
import { bookingBody } from './schema.ts';
import type { StartBooking } from './start-booking.ts';

// The guide's own spelling is the wire contract; its authors moved to the other one later.
/** The guide's path, and the same in the usual spelling. */
export const BOOKING_PATHS = ['/doctorAppoinment/reservation', '/doctorAppointment/reservation'] as const;

const RESPOND_ASYNC = /(?:^|,)\s*respond-async\s*(?:;|,|$)/i;

const preferHeader = z
  .string()
  .optional()
  .meta({ description: '`respond-async`: respond with 202 as soon as the booking has begun (RFC 7240).' });

const begun = { Location: replyHeader.location };
const failure = (description: string) => ({
  description,
  schema: reply.failureReply,
  headers: begun,
  example: FAILURE,
});

const replies = {
  200: {
    description:
      'Reserved and paid. The four members of a failure where the reservation service responded 200 without an ' +
      '`appointmentId`, which is a refusal.',
    schema: z.union([reply.confirmationReply, reply.failureReply]),
    headers: begun,
    example: CONFIRMATION,
  },
  202: {
    description:
      'The booking has begun, and goes on; or its `next_action` says where the cardholder has to confirm the payment. A ' +
      'retry with the same Idempotency-Key gets the reply once there is one.',
    schema: reply.bookingReply,
    headers: { ...begun, 'Preference-Applied': replyHeader.preferenceApplied.optional() },
    example: { ...BOOKING, status: 'pending', reply: null, steps: [] },
  },
  402: failure('The card is declined; the slot is free again.'),
  404: failure('The doctor is unknown.'),
  409: failure('No slot is free that day, or an operator cancelled the booking before its outcome.'),
  503: {
    ...failure(
      'A service cannot be reached or sends an invalid response, or the deadline has passed. Whatever had been done is ' +
        'undone, at once or as soon as the services respond. A new attempt takes a new `Idempotency-Key`: with the same one ' +
        'this reply comes again, then without `Retry-After`.',
    ),
    headers: { ...begun, 'Retry-After': replyHeader.retryAfter.optional() },
  },
  '4XX': failure("Any other refusal of the reservation service's, under its own status."),
};

// No key that a client sends has a space in it.
/** The same request under a key of the client's own: the same key of another client is another key. */
const ownedBy = (client: string | undefined, request: IdempotentRequest): IdempotentRequest =>
  client === undefined
    ? request
    : { key: `${client} ${request.key}`, fingerprint: request.fingerprint, route: request.route };

const bookAppointment = (
  path: string,
  operationId: string,
  summary: string,
  startBooking: StartBooking,
  { book, bookingIsGuarded, callerOf }: Guards,
) =>
  defineRoute({
    method: 'post',
    path,
    operationId,
    tag: 'Bookings',
    summary,
    guard: book,
    headers: { Prefer: preferHeader },
    body: { schema: bookingBody, examples: bookingExamples },
    idempotent: ({ cardNum, ...request }) => ({ ...request, card: cardNum?.slice(-4) }),
    replies,
    problems: [overloaded, outcomeUnknown],
    handler({ body, idempotency, idempotencyKeyGiven }, ctx) {
      const respondAsync = RESPOND_ASYNC.test(ctx.get('prefer'));
      const client = bookingIsGuarded ? callerOf(ctx)?.id : undefined;
      const idempotent = idempotencyKeyGiven ? ownedBy(client, idempotency) : undefined;
      return startBooking(body, { client, idempotent, respondAsync });
    },
  });

/** The route that books, in both spellings. */
export function bookAppointmentRoutes(startBooking: StartBooking, guards: Guards): Route[] {
  const [guides, usual] = BOOKING_PATHS;
  const respelled = 'The same route, in the spelling that its authors moved to later';
  return [
    bookAppointment(guides, 'bookAppointment', 'Reserve an appointment and pay its fee', startBooking, guards),
    bookAppointment(usual, 'bookAppointmentRespelled', respelled, startBooking, guards),
  ];
}
