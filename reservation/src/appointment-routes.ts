import { defineRoute, jsonReply, pageQuery, type Route, referenceParam } from '@appointments/chassis';
import { z } from 'zod';
import { APPOINTMENT, CONFIRMATION, createExamples, REFERENCE } from './examples.ts';
import { appointmentNotFound, cancelledBefore, doctorNotFound, noSlotAvailable } from './problems.ts';
import * as reply from './reply-schema.ts';
import type { Reservations } from './reservation.ts';
import { appointmentRequest } from './schema.ts';

const tag = 'Appointments';

const createAppointment = (reservations: Reservations) =>
  defineRoute({
    method: 'post',
    path: '/reservation/createAppointment',
    operationId: 'createAppointment',
    tag,
    summary: "Book the first free slot of a doctor's day",
    description:
      "Takes the guide's whole client body; members not listed are ignored, and a card number is never read.",
    body: { schema: appointmentRequest, examples: createExamples },
    idempotent: (body) => body,
    replies: { 200: { description: 'The slot is taken.', schema: reply.confirmationReply, example: CONFIRMATION } },
    problems: [doctorNotFound, noSlotAvailable, cancelledBefore],
    handler: ({ idempotency, body }) => reservations.create(idempotency, body),
  });

const listAppointments = (reservations: Reservations) =>
  defineRoute({
    method: 'get',
    path: '/reservation/appointments',
    operationId: 'listAppointments',
    tag,
    summary: 'All appointments page by page, the oldest first',
    query: pageQuery,
    examples: { cursor: 0, limit: 100 },
    replies: {
      200: {
        description: 'One page; `nextCursor` is null on the last.',
        schema: reply.appointmentsReply,
        example: { items: [APPOINTMENT], nextCursor: null },
      },
    },
    handler: async ({ query }) => jsonReply(200, await reservations.list(query)),
  });

const getAppointment = (reservations: Reservations) =>
  defineRoute({
    method: 'get',
    path: '/reservation/appointments/:appointmentId',
    operationId: 'getAppointment',
    tag,
    summary: 'One appointment',
    params: z.object({ appointmentId: z.string() }),
    examples: { appointmentId: '1001' },
    replies: { 200: { description: 'The appointment.', schema: reply.appointmentReply, example: APPOINTMENT } },
    problems: [appointmentNotFound],
    handler: async ({ params }) => jsonReply(200, await reservations.find(params.appointmentId)),
  });

const cancelAppointment = (reservations: Reservations) =>
  defineRoute({
    method: 'put',
    path: '/reservation/cancellations/:reference',
    operationId: 'cancelAppointment',
    tag,
    summary: 'Free the slot that was, or will be, booked under a reference',
    description: 'Idempotent. An unknown reference leaves a tombstone: a create that arrives later gets 409.',
    params: referenceParam,
    examples: { reference: REFERENCE },
    replies: {
      200: {
        description: 'The slot is free.',
        schema: reply.cancellationReply,
        example: { reference: REFERENCE, status: 'cancelled', appointmentId: '1001' },
      },
    },
    handler: async ({ params }) => jsonReply(200, await reservations.cancel(params.reference)),
  });

/** The routes of appointments; each makes one call. */
export function appointmentRoutes(reservations: Reservations): Route[] {
  return [
    createAppointment(reservations),
    listAppointments(reservations),
    getAppointment(reservations),
    cancelAppointment(reservations),
  ];
}
