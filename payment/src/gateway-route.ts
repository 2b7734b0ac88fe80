import { defineRoute, jsonReply, type Route } from '@appointments/chassis';
import { gatewayReply } from './reply-schema.ts';
import { TEST_CARDS } from './sandbox/test-cards.ts';

/** The route that says whether money moves here, and with which cards the sandbox can be tried where it does not. */
export function gatewayRoute(isSandbox: boolean): Route {
  const gateway = isSandbox ? { gateway: 'sandbox', testCards: TEST_CARDS } : { gateway: 'http', testCards: [] };
  return defineRoute({
    method: 'get',
    path: '/payment/gateway',
    operationId: 'getGateway',
    tag: 'Payments',
    summary: 'Which gateway charges are made at',
    replies: {
      200: {
        description: '`sandbox`, which moves no money and has test cards, or `http`.',
        schema: gatewayReply,
        example: { gateway: 'sandbox', testCards: TEST_CARDS.slice(0, 2) },
      },
    },
    handler: async () => jsonReply(200, gateway),
  });
}
