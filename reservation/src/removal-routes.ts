import { defineRoute, jsonReply, type Route, referencesBody } from '@appointments/chassis';
import { z } from 'zod';
import { REFERENCE } from './examples.ts';
import type { RemoveAppointments } from './remove-appointments.ts';

const tag = 'Retention';
const count = z.int().min(0);
const body = {
  schema: referencesBody,
  examples: { one: { summary: 'One appointment', value: { references: [REFERENCE] }, status: 200 } },
};

const expireAppointments = ({ expire }: RemoveAppointments) =>
  defineRoute({
    method: 'post',
    path: '/reservation/expiries',
    operationId: 'expireAppointments',
    tag,
    summary: 'Mark appointments that are soon removed',
    description: 'Those that are booked become `expired`: the audit no longer counts them. Idempotent.',
    body,
    replies: { 200: { description: 'Done.', schema: z.strictObject({ expired: count }), example: { expired: 1 } } },
    handler: async ({ body }) => jsonReply(200, { expired: await expire(body.references) }),
  });

const removeAppointments = ({ remove }: RemoveAppointments) =>
  defineRoute({
    method: 'post',
    path: '/reservation/removals',
    operationId: 'removeAppointments',
    tag,
    summary: 'Remove appointments that are expired or cancelled, and tombstones',
    description: 'What is booked stays. Idempotent.',
    body,
    replies: { 200: { description: 'Done.', schema: z.strictObject({ removed: count }), example: { removed: 1 } } },
    handler: async ({ body }) => jsonReply(200, { removed: await remove(body.references) }),
  });

/** The routes by which the orchestrator removes what is old. */
export function removalRoutes(appointments: RemoveAppointments): Route[] {
  return [expireAppointments(appointments), removeAppointments(appointments)];
}
