import { defineRoute, erasedReply, erasureOfReferences, jsonReply, type Route } from '@appointments/chassis';
import type { ErasePayers } from './erase-payers.ts';
import { REFERENCE } from './examples.ts';

/** The route that erases payers. */
export const erasuresRoute = (erasePayers: ErasePayers): Route =>
  defineRoute({
    method: 'post',
    path: '/payment/erasures',
    operationId: 'erasePayers',
    tag: 'Erasures',
    summary: 'Erase what is kept of the payers of payments',
    description:
      "A payer's name is not stored; what goes is the hash that it is part of, and the replies that are kept for retries: a " +
      'retry gets 410. The payments stay. Idempotent.',
    body: {
      schema: erasureOfReferences,
      examples: { one: { summary: 'One payment', value: { references: [REFERENCE] }, status: 200 } },
    },
    replies: {
      200: {
        description: 'Done; `erased` is how many of the references have a payment.',
        schema: erasedReply,
        example: { erased: 1 },
      },
    },
    handler: async ({ body }) => jsonReply(200, { erased: await erasePayers(body) }),
  });
