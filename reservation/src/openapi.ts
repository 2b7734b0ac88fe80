import {
  bodyProblems,
  createApiDocument,
  idempotencyKeyHeader,
  idempotencyProblems,
  invalidInput,
  pageQuery,
  type RouteDescription,
  referenceParam,
  replyHeader,
} from '@appointments/chassis';
import { z } from 'zod';
import * as reply from './reply-schema.ts';
import { appointmentRequest, slotsQuery } from './schema.ts';

const REFERENCE = 'booking-42';
const CONFIRMATION = {
  appointmentId: '1001',
  patient_name: 'Thomas Colins',
  date: '30-09-2019',
  time: '3.00pm',
  doctor_name: 'John Doe',
  fee: '1000.00',
};
const APPOINTMENT = { ...CONFIRMATION, status: 'booked', reference: REFERENCE };

const invalidReference = invalidInput('/reference', 'must have 1 to 255 visible ASCII characters');
const replayable = { 'Idempotent-Replayed': replyHeader.idempotentReplayed.optional() };
const doctorNotFound = {
  status: 404,
  code: 'doctor_not_found',
  when: 'No doctor of that name can be booked here.',
};

const appointments: RouteDescription[] = [
  {
    method: 'post',
    path: '/reservation/createAppointment',
    operationId: 'createAppointment',
    tag: 'Appointments',
    summary: "Book the first free slot of a doctor's day",
    description:
      "Takes the guide's whole client body; members not listed are ignored, and a card number is never read.",
    headers: idempotencyKeyHeader,
    body: {
      schema: appointmentRequest,
      examples: {
        guide: {
          summary: "The guide's own request",
          value: { name: 'Thomas Colins', doctor: 'John Doe', date: '30-09-2019', cardNum: '1234567' },
          headers: { 'Idempotency-Key': REFERENCE },
          status: 200,
        },
        unknownDoctor: {
          summary: 'An unknown doctor',
          value: { name: 'Thomas Colins', doctor: 'Nobody', date: '30-09-2019' },
          status: 404,
        },
        noSuchDay: {
          summary: 'A day that does not exist',
          value: { name: 'Thomas Colins', doctor: 'John Doe', date: '31-02-2019' },
          status: 400,
        },
      },
    },
    replies: {
      200: {
        description: 'The slot is taken.',
        schema: reply.confirmationReply,
        headers: replayable,
        example: CONFIRMATION,
      },
    },
    problems: [
      ...bodyProblems,
      ...idempotencyProblems,
      { ...doctorNotFound, headers: replayable },
      { status: 409, code: 'no_slot_available', when: 'The doctor has no free slot on that day.', headers: replayable },
      { status: 409, code: 'cancelled', when: 'This reference was cancelled before.', headers: replayable },
    ],
  },
  {
    method: 'get',
    path: '/reservation/appointments',
    operationId: 'listAppointments',
    tag: 'Appointments',
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
    problems: [invalidInput('/limit', 'must be a number')],
  },
  {
    method: 'get',
    path: '/reservation/appointments/{appointmentId}',
    operationId: 'getAppointment',
    tag: 'Appointments',
    summary: 'One appointment',
    params: z.object({ appointmentId: z.string() }),
    examples: { appointmentId: '1001' },
    replies: { 200: { description: 'The appointment.', schema: reply.appointmentReply, example: APPOINTMENT } },
    problems: [{ status: 404, code: 'appointment_not_found', when: 'There is no appointment with that id.' }],
  },
  {
    method: 'put',
    path: '/reservation/cancellations/{reference}',
    operationId: 'cancelAppointment',
    tag: 'Appointments',
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
    problems: [invalidReference],
  },
];

const doctors: RouteDescription[] = [
  {
    method: 'get',
    path: '/reservation/doctors',
    operationId: 'listDoctors',
    tag: 'Doctors',
    summary: 'The doctors who can be booked',
    replies: {
      200: {
        description: 'All of them.',
        schema: reply.doctorsReply,
        example: [{ name: 'John Doe', speciality: 'Cardiology', fee: '1000.00', slots: ['3.00pm', '3.30pm'] }],
      },
    },
  },
  {
    method: 'get',
    path: '/reservation/doctors/{name}/slots',
    operationId: 'listSlots',
    tag: 'Doctors',
    summary: "The slots of a doctor's day",
    params: z.object({ name: z.string().meta({ description: "The doctor's name, in upper or lower case." }) }),
    query: slotsQuery,
    examples: { name: 'John Doe', date: '30-09-2019' },
    replies: {
      200: {
        description: 'Every slot, free or not.',
        schema: reply.slotsReply,
        example: [{ time: '3.00pm', free: false }],
      },
    },
    problems: [invalidInput('/date', 'must look like DD-MM-YYYY'), doctorNotFound],
  },
];

/** The OpenAPI document of the reservation service. */
export const apiDocument = createApiDocument({
  title: 'Reservation service',
  description:
    'Appointments with doctors: made once for each reference and undone by it, in whatever order the two arrive.',
  tokens: { serviceToken: '`SERVICE_TOKEN`, where the service is run with one.' },
  guard: 'serviceToken',
  routes: [...appointments, ...doctors],
});
