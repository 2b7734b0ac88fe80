import { defineRoute, jsonReply, type Route } from '@appointments/chassis';
import type { Context } from 'koa';
import { z } from 'zod';
import { REFERENCE } from '../examples.ts';
import { paymentNotFound } from '../problems.ts';
import { gatewayEvent } from './gateway-event.ts';
import type { RecordEvent } from './record-event.ts';
import { badSignature, type createEventVerifier, staleEvent } from './verify-event.ts';

const reply = z.strictObject({ received: z.literal(true) });

export interface GatewayEventsDependencies {
  verifyEvent: ReturnType<typeof createEventVerifier>;
  recordEvent: RecordEvent;
}

/** Where the gateway tells what became of charges that it did not decide at once. */
export const gatewayEventsRoute = ({ verifyEvent, recordEvent }: GatewayEventsDependencies): Route =>
  defineRoute({
    method: 'post',
    path: '/payment/gateway-events',
    operationId: 'receiveGatewayEvent',
    tag: 'Gateway',
    summary: 'Take a signed event of the gateway',
    description: `
Signed as Standard Webhooks 1.0 with \`PAYMENT_GATEWAY_WEBHOOK_SECRET\`, so it needs no service token. An event whose
\`webhook-id\` came before has no effect, and neither has one that a decided payment cannot follow. Money that moves all the same,
such as after the payment was voided, is given back.`,
    open: true,
    headers: {
      'webhook-id': z.string().min(1).max(255),
      'webhook-timestamp': z.string().meta({ description: 'Seconds since the epoch, within 5 minutes of now.' }),
      'webhook-signature': z.string().meta({ description: '`v1,…`; several are separated by spaces.' }),
    },
    body: {
      schema: gatewayEvent,
      examples: {
        unsigned: {
          summary: 'An event without a signature is refused',
          value: { type: 'charge.settled', data: { reference: REFERENCE } },
          status: 401,
        },
      },
    },
    replies: { 200: { description: 'The event is kept, or was.', schema: reply, example: { received: true } } },
    problems: [badSignature, staleEvent, paymentNotFound],
    async handler({ body }, ctx: Context) {
      const id = verifyEvent((name) => ctx.get(name), String(ctx.request.rawBody));
      await recordEvent(id, body);
      return jsonReply(200, { received: true });
    },
  });
