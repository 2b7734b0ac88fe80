import {
  type IdempotencyState,
  type InputState,
  idempotencyKey,
  jsonBody,
  pageQuery,
  parseInput,
  readReference,
  sendReply,
  validate,
} from '@appointments/chassis';
import Router from '@koa/router';
import type { FindPayments } from './find-payments.ts';
import type { MakePayment } from './make-payment.ts';
import type { RefundPayment } from './refund-payment.ts';
import { lastFour, type PaymentRequest, paymentRequest } from './schema.ts';

export interface PaymentUseCases {
  makePayment: MakePayment;
  refundPayment: RefundPayment;
  findPayments: FindPayments;
}

type PaymentState = InputState<typeof paymentRequest> & IdempotencyState;

/** The routes of the payment service; each parses, makes one call and sends the reply. */
export function createRoutes({ makePayment, refundPayment, findPayments }: PaymentUseCases): Router {
  const router = new Router({ prefix: '/payment' });

  router.post<PaymentState>(
    '/makePayment',
    jsonBody(),
    validate(paymentRequest),
    idempotencyKey<PaymentRequest>(({ name, amount, cardNum }) => [name, amount, lastFour(cardNum)]),
    async (ctx) => {
      const { idempotency, input, idempotencyKeyGiven } = ctx.state;
      sendReply(ctx, await makePayment(idempotency, input, idempotencyKeyGiven));
    },
  );

  router.put('/refunds/:reference', async (ctx) => {
    ctx.body = await refundPayment(readReference(ctx.params));
  });

  router.get('/payments', async (ctx) => {
    ctx.body = await findPayments.page(parseInput(pageQuery, ctx.query));
  });

  router.get('/payments/:reference', async (ctx) => {
    ctx.body = await findPayments.one(readReference(ctx.params));
  });

  return router;
}
