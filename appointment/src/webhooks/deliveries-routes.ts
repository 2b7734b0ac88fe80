import { defineRoute, jsonReply, type Route } from '@appointments/chassis';
import { z } from 'zod';
import { actorOf } from '../access/actor.ts';
import type { Guards } from '../access/guards.ts';
import { BOOKING } from '../examples.ts';
import { bookingNotFound } from '../problems.ts';
import type { Deliveries } from './deliveries.ts';
import { WEBHOOK_EVENTS } from './events.ts';
import { deliveryNotFound } from './problems.ts';

const tag = 'Webhooks';
const bookingId = z.string().meta({ description: "The booking's id, as in `Location`." });
const time = z.iso.datetime();

const deliveryReply = z.strictObject({
  id: z.string(),
  webhookId: z.string().meta({ description: '`webhook-id` of every try, and of every delivery of the same event.' }),
  event: z.enum(WEBHOOK_EVENTS),
  receiver: z.string().meta({ description: "The host of the receiver's URL." }),
  status: z
    .enum(['pending', 'delivered', 'failed', 'cancelled'])
    .meta({ description: '`cancelled`: it was sent again while it waited for its next try.' }),
  code: z
    .string()
    .nullable()
    .meta({ description: '`gone`, `given_up` or `endpoint_removed`; null where it did not fail.' }),
  createdAt: time,
  updatedAt: time,
  nextTryAt: time.nullable(),
  tries: z.array(
    z.strictObject({
      startedAt: time,
      endedAt: time.nullable(),
      status: z.int().nullable().meta({ description: 'The status of the response; null where there was none.' }),
      code: z.string().nullable().meta({ description: 'Why there was no response, such as `timeout`.' }),
    }),
  ),
});

const DELIVERY: z.output<typeof deliveryReply> = {
  id: `${BOOKING.id}_confirmed_0c66f8c5b3f0a1de`,
  webhookId: `${BOOKING.id}_confirmed_0c66f8c5b3f0a1de`,
  event: 'booking.confirmed',
  receiver: 'hooks.example.com',
  status: 'delivered',
  code: null,
  createdAt: '2026-01-05T09:30:01.000Z',
  updatedAt: '2026-01-05T09:30:01.250Z',
  nextTryAt: null,
  tries: [{ startedAt: '2026-01-05T09:30:01.050Z', endedAt: '2026-01-05T09:30:01.250Z', status: 204, code: null }],
};

const listDeliveries = ({ list }: Deliveries, { seeAll }: Guards) =>
  defineRoute({
    method: 'get',
    path: '/bookings/:id/deliveries',
    operationId: 'listDeliveries',
    tag,
    summary: "A booking's webhook deliveries, with their tries",
    guard: seeAll,
    params: z.object({ id: bookingId }),
    examples: { id: BOOKING.id },
    replies: {
      200: {
        description: 'All of them, in the order in which they began. Ended ones are kept for 30 days.',
        schema: z.strictObject({ items: z.array(deliveryReply) }),
        example: { items: [DELIVERY] },
      },
    },
    problems: [bookingNotFound],
    handler: async ({ params: { id } }) => jsonReply(200, { items: await list(id) }),
  });

const retryDelivery = ({ sendAgain }: Deliveries, { operate, knownCaller }: Guards) =>
  defineRoute({
    method: 'post',
    path: '/bookings/:id/deliveries/:deliveryId/retry',
    operationId: 'retryDelivery',
    tag,
    summary: 'Send a webhook again',
    description:
      'A new delivery with the same `webhook-id` and body. It takes the place of one that waits for its next try; where one is ' +
      'being tried at this moment, that is the one.',
    guard: operate,
    params: z.object({
      id: bookingId,
      deliveryId: z.string().meta({ description: "The delivery's id, as in the list." }),
    }),
    examples: { id: BOOKING.id, deliveryId: DELIVERY.id },
    replies: {
      200: { description: 'The delivery, after its first try or during it.', schema: deliveryReply, example: DELIVERY },
    },
    problems: [bookingNotFound, deliveryNotFound],
    handler: async ({ params: { id, deliveryId } }, ctx) =>
      jsonReply(200, await sendAgain(id, deliveryId, actorOf(knownCaller(ctx)))),
  });

/** The routes of webhook deliveries. */
export function deliveriesRoutes(deliveries: Deliveries, guards: Guards): Route[] {
  return [listDeliveries(deliveries, guards), retryDelivery(deliveries, guards)];
}
