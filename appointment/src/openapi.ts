import {
  bodyProblems,
  createApiDocument,
  idempotencyKeyHeader,
  idempotencyProblems,
  invalidInput,
  type RouteDescription,
  replyHeader,
  unauthorized,
} from '@appointments/chassis';
import { z } from 'zod';
import { BOOKING, bookingExamples, CONFIRMATION, FAILURE } from './openapi-examples.ts';
import * as reply from './reply-schema.ts';
import { bookingBody, bookingsQuery } from './schema.ts';

const NOT_CANCELLABLE =
  'Only a booking that is confirmed, or stuck, waiting or paused before its outcome, can be cancelled.';

const begun = {
  Location: replyHeader.location,
  'Idempotent-Replayed': replyHeader.idempotentReplayed.optional(),
};
const failure = (description: string) => ({
  description,
  schema: reply.failureReply,
  headers: begun,
  example: FAILURE,
});
const RETRY_AFTER = { 'Retry-After': replyHeader.retryAfter };

const storeUnavailable = {
  status: 503,
  code: 'store_unavailable',
  when: "The orchestrator's own store does not respond, takes no writes or has no room.",
  headers: RETRY_AFTER,
};

const bookingHeaders = {
  ...idempotencyKeyHeader,
  Prefer: z
    .string()
    .optional()
    .meta({ description: '`respond-async`: respond with 202 as soon as the booking has begun (RFC 7240).' }),
};

const bookAppointment: Omit<RouteDescription, 'path' | 'operationId'> = {
  method: 'post',
  tag: 'Bookings',
  summary: 'Reserve an appointment and pay its fee',
  headers: bookingHeaders,
  body: { schema: bookingBody, examples: bookingExamples },
  replies: {
    200: {
      description:
        'Reserved and paid. The four members of a failure where the reservation service responded 200 without an ' +
        '`appointmentId`, which is a refusal.',
      schema: z.union([reply.confirmationReply, reply.failureReply]),
      headers: begun,
      example: CONFIRMATION,
    },
    202: {
      description: 'The booking has begun, and goes on.',
      schema: reply.bookingReply,
      headers: { ...begun, 'Preference-Applied': replyHeader.preferenceApplied },
      example: { ...BOOKING, status: 'pending', reply: null, steps: [] },
    },
    402: failure('The card is declined; the slot is free again.'),
    404: failure('The doctor is unknown.'),
    409: failure('No slot is free that day, or an operator cancelled the booking while it was stuck.'),
    503: {
      ...failure(
        'A service cannot be reached or sends an invalid response, or the deadline has passed. Whatever had been done is ' +
          'undone, at once or as soon as the services respond.',
      ),
      headers: { ...begun, ...RETRY_AFTER },
    },
    '4XX': failure("Any other refusal of the reservation service's, under its own status."),
  },
  problems: [
    ...bodyProblems,
    ...idempotencyProblems,
    { status: 503, code: 'overloaded', when: 'Too much is in flight. Nothing was begun.', headers: RETRY_AFTER },
    {
      status: 503,
      code: 'outcome_unknown',
      when:
        'The deadline has passed, and the store has not said how the booking ends. It may still end either way: `Location` ' +
        'shows which once it has, and a retry with the same Idempotency-Key gets the reply.',
      headers: { Location: replyHeader.location, ...RETRY_AFTER },
    },
    storeUnavailable,
  ],
};

const bookingId = z.object({ id: z.string().meta({ description: "The booking's id, as in `Location`." }) });
const notFound = { status: 404, code: 'booking_not_found', when: 'There is no booking with that id.' };
const operatorsOnly = [
  unauthorized,
  { status: 403, code: 'operator_token_not_set', when: 'The service is run without OPERATOR_TOKEN.' },
];
const operator = { tag: 'Operators', security: [{ operatorToken: [] }] };
const booking = (description: string) => ({ description, schema: reply.bookingReply, example: BOOKING });
const cancelled = { ...BOOKING, status: 'cancelled' };

const bookings: RouteDescription[] = [
  {
    method: 'get',
    path: '/bookings/{id}',
    operationId: 'getBooking',
    tag: 'Bookings',
    summary: 'One booking, with its steps',
    params: bookingId,
    examples: { id: BOOKING.id },
    replies: { 200: booking('The booking as it stands.') },
    problems: [notFound, storeUnavailable],
  },
  {
    ...operator,
    method: 'get',
    path: '/bookings',
    operationId: 'listBookings',
    summary: 'All bookings page by page, the newest first',
    query: bookingsQuery,
    examples: { status: 'confirmed', doctor: 'John Doe', limit: 50, cursor: 'ffffffff-ffff-7fff-bfff-ffffffffffff' },
    replies: {
      200: {
        description: 'One page; `nextCursor` is null on the last.',
        schema: reply.bookingsReply,
        example: { items: [BOOKING], nextCursor: null },
      },
    },
    problems: [...operatorsOnly, invalidInput('/limit', 'must be a number'), storeUnavailable],
  },
  {
    ...operator,
    method: 'put',
    path: '/bookings/{id}/cancellation',
    operationId: 'cancelBooking',
    summary: 'Refund and release a booking',
    description:
      'For a confirmed booking, or one that is stuck, waiting or paused before its outcome. Whatever has been done is undone. ' +
      'Idempotent.',
    params: bookingId,
    examples: { id: BOOKING.id },
    replies: {
      200: { ...booking('It is cancelled.'), example: cancelled },
      202: { ...booking('It is being cancelled.'), example: { ...cancelled, status: 'compensating' } },
    },
    problems: [
      ...operatorsOnly,
      notFound,
      { status: 409, code: 'booking_not_confirmed', when: NOT_CANCELLABLE },
      storeUnavailable,
    ],
  },
  {
    ...operator,
    method: 'post',
    path: '/bookings/{id}/retry',
    operationId: 'retryBooking',
    summary: 'Run a stuck booking at once',
    params: bookingId,
    examples: { id: BOOKING.id },
    replies: { 200: booking('The booking after another run.') },
    problems: [
      ...operatorsOnly,
      notFound,
      { status: 409, code: 'booking_not_stuck', when: 'Only a stuck booking can be retried.' },
      storeUnavailable,
    ],
  },
];

/** The OpenAPI document of the orchestrator; the console, which is HTML for people, is not part of it. */
export const apiDocument = createApiDocument({
  title: 'Appointment service',
  description: `
Books a doctor's appointment across the reservation and the payment service: both are done, or neither stays done.

The operations console at \`/console\` is made for people, in HTML, and is not described here.`,
  tokens: {
    operatorToken: '`OPERATOR_TOKEN`. There is no default: without one the routes of operators respond with 403.',
  },
  routes: [
    { ...bookAppointment, path: '/doctorAppoinment/reservation', operationId: 'bookAppointment' },
    {
      ...bookAppointment,
      path: '/doctorAppointment/reservation',
      operationId: 'bookAppointmentRespelled',
      summary: 'The same route, in the spelling that its authors moved to later',
    },
    ...bookings,
  ],
});
