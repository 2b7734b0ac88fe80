import { defineRoute, jsonReply, type Route } from '@appointments/chassis';
import { z } from 'zod';
import { type Catalogue, presentDoctor } from './catalogue.ts';
import { doctorNotFound } from './problems.ts';
import * as reply from './reply-schema.ts';
import type { Reservations } from './reservation.ts';
import { slotsQuery } from './schema.ts';

const tag = 'Doctors';
const doctorParam = z.object({
  name: z.string().meta({
    description: "The doctor's name, however it is typed: case, kinds of apostrophes, dashes and spaces do not matter.",
  }),
});

const listDoctors = (catalogue: Catalogue) =>
  defineRoute({
    method: 'get',
    path: '/reservation/doctors',
    operationId: 'listDoctors',
    tag,
    summary: 'The doctors who can be booked',
    replies: {
      200: {
        description: 'All of them.',
        schema: reply.doctorsReply,
        example: [{ name: 'John Doe', speciality: 'Cardiology', fee: '1000.00', slots: ['3.00pm', '3.30pm'] }],
      },
    },
    handler: () => jsonReply(200, catalogue.doctors.map(presentDoctor)),
  });

const listSlots = (reservations: Reservations) =>
  defineRoute({
    method: 'get',
    path: '/reservation/doctors/:name/slots',
    operationId: 'listSlots',
    tag,
    summary: "The slots of a doctor's day",
    params: doctorParam,
    query: slotsQuery,
    examples: { name: 'John Doe', date: '30-09-2019' },
    replies: {
      200: {
        description: 'Every slot, free or not.',
        schema: reply.slotsReply,
        example: [{ time: '3.00pm', free: false }],
      },
    },
    problems: [doctorNotFound],
    handler: async ({ params, query }) => jsonReply(200, await reservations.slots(params.name, query.date)),
  });

/** The routes of doctors; each makes one call. */
export function doctorRoutes(reservations: Reservations, catalogue: Catalogue): Route[] {
  return [listDoctors(catalogue), listSlots(reservations)];
}
