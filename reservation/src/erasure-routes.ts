import { defineRoute, erasedReply, erasureOfReferences, jsonReply, type Route } from '@appointments/chassis';
import type { ErasePatients } from './erase-patients.ts';
import { REFERENCE } from './examples.ts';
import * as reply from './reply-schema.ts';
import { patientSearch } from './schema.ts';

const tag = 'Erasures';

const erasePatients = ({ erase }: ErasePatients) =>
  defineRoute({
    method: 'post',
    path: '/reservation/erasures',
    operationId: 'erasePatients',
    tag,
    summary: 'Erase the patients of appointments',
    description:
      'The name becomes `[erased]`, also in the replies that are kept for retries: a retry gets 410. The appointments stay. ' +
      'Idempotent.',
    body: {
      schema: erasureOfReferences,
      examples: { one: { summary: 'One appointment', value: { references: [REFERENCE] }, status: 200 } },
    },
    replies: {
      200: {
        description: 'Done; `erased` is how many of the references have an appointment.',
        schema: erasedReply,
        example: { erased: 1 },
      },
    },
    handler: async ({ body }) => jsonReply(200, { erased: await erase(body) }),
  });

const findPatient = ({ search }: ErasePatients) =>
  defineRoute({
    method: 'post',
    path: '/reservation/patient-searches',
    operationId: 'findPatient',
    tag,
    summary: "Find the references of a patient's appointments",
    description:
      'However the name was typed. A page looks through 1,000 appointments and may have none of them. The name is in the body ' +
      'because addresses end up in logs.',
    body: {
      schema: patientSearch,
      examples: { guide: { summary: "The guide's patient", value: { name: 'Thomas Colins' }, status: 200 } },
    },
    replies: {
      200: {
        description: 'One page; `nextCursor` is null on the last.',
        schema: reply.patientReferences,
        example: { references: [REFERENCE], nextCursor: null },
      },
    },
    handler: async ({ body }) => jsonReply(200, await search(body)),
  });

/** The routes that erase patients; each makes one call. */
export function erasureRoutes(patients: ErasePatients): Route[] {
  return [erasePatients(patients), findPatient(patients)];
}
