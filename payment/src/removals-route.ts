import { defineRoute, jsonReply, type Route, referencesBody } from '@appointments/chassis';
import { z } from 'zod';
import { REFERENCE } from './examples.ts';
import type { RemovePayments } from './remove-payments.ts';

/** The route by which the orchestrator removes what is old. */
export const removalsRoute = (remove: RemovePayments): Route =>
  defineRoute({
    method: 'post',
    path: '/payment/removals',
    operationId: 'removePayments',
    tag: 'Retention',
    summary: 'Remove payments that are no longer kept, and tombstones',
    description: 'What is not decided, or is still to be given back, stays. Idempotent.',
    body: {
      schema: referencesBody,
      examples: { one: { summary: 'One payment', value: { references: [REFERENCE] }, status: 200 } },
    },
    replies: {
      200: {
        description: 'Done; `kept` is what stays.',
        schema: z.strictObject({ kept: z.array(z.string()) }),
        example: { kept: [] },
      },
    },
    handler: async ({ body }) => jsonReply(200, { kept: await remove(body.references) }),
  });
