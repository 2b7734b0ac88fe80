import { defineRoute, jsonReply, type Route, referenceParam } from '@appointments/chassis';
import { PAYMENT, paymentExamples, REFERENCE, REQUIRED_ACTION, SETTLEMENT } from './examples.ts';
import type { FindPayments } from './find-payments.ts';
import type { MakePayment } from './make-payment.ts';
import {
  cardDeclined,
  gatewayUnavailable,
  paymentNotFound,
  paymentUndecided,
  processingError,
  voided,
} from './problems.ts';
import type { RefundPayment } from './refund-payment.ts';
import * as reply from './reply-schema.ts';
import { keptOf, paymentRequest, paymentsQuery } from './schema.ts';

export interface PaymentUseCases {
  makePayment: MakePayment;
  refundPayment: RefundPayment;
  findPayments: FindPayments;
}

const tag = 'Payments';

const makePaymentRoute = (makePayment: MakePayment) =>
  defineRoute({
    method: 'post',
    path: '/payment/makePayment',
    operationId: 'makePayment',
    tag,
    summary: 'Charge a card, once for each reference',
    description: `
Takes a card number or, in its place, the token that the payment provider's own form gave the client.

The gateway that comes with the service is a sandbox: \`4242424242424242\` and \`tok_visa\` settle, \`4000000000000002\`,
\`4000000000009995\`, \`tok_chargeDeclined\` and \`tok_chargeDeclinedInsufficientFunds\` are declined, \`4000000000000119\` fails
with \`processing_error\`, \`4000002760003184\` and \`tok_threeDSecure2Required\` settle once their holder has approved,
\`4000008260003178\` is declined then, and every other card and token settles.`,
    body: { schema: paymentRequest, examples: paymentExamples },
    idempotent: ({ name, amount, ...source }) => {
      const { card_last_four, token_hash } = keptOf(source);
      return [name, amount, card_last_four ?? token_hash];
    },
    replies: {
      200: { description: 'The payment is settled.', schema: reply.settlementReply, example: SETTLEMENT },
      202: {
        description: `
The payment waits: for its cardholder, who confirms it at \`next_action.url\`, or as \`processing\` for the gateway. A retry gets
what is known by then.`,
        schema: reply.waitingReply,
        example: REQUIRED_ACTION,
      },
    },
    problems: [cardDeclined, processingError, voided, gatewayUnavailable],
    handler: ({ idempotency, body, idempotencyKeyGiven }) => makePayment(idempotency, body, idempotencyKeyGiven),
  });

const refundPaymentRoute = (refundPayment: RefundPayment) =>
  defineRoute({
    method: 'put',
    path: '/payment/refunds/:reference',
    operationId: 'refundPayment',
    tag,
    summary: 'Give back what was, or will be, paid under a reference',
    description: 'Idempotent. An unknown reference leaves a tombstone: a payment that arrives later gets 409.',
    params: referenceParam,
    examples: { reference: REFERENCE },
    replies: {
      200: {
        description: 'Refunded, or voided where nothing had been settled.',
        schema: reply.refundReply,
        example: { ...SETTLEMENT, reference: REFERENCE, payment_status: 'refunded' },
      },
    },
    problems: [gatewayUnavailable],
    handler: async ({ params }) => jsonReply(200, await refundPayment(params.reference)),
  });

const listPaymentsRoute = (findPayments: FindPayments) =>
  defineRoute({
    method: 'get',
    path: '/payment/payments',
    operationId: 'listPayments',
    tag,
    summary: 'The ledger page by page, the oldest first',
    query: paymentsQuery,
    examples: { cursor: 0, limit: 100 },
    replies: {
      200: {
        description: 'One page; `nextCursor` is null on the last.',
        schema: reply.paymentsReply,
        example: { items: [PAYMENT], nextCursor: null },
      },
    },
    handler: async ({ query }) => jsonReply(200, await findPayments.page(query)),
  });

const getPaymentRoute = (findPayments: FindPayments) =>
  defineRoute({
    method: 'get',
    path: '/payment/payments/:reference',
    operationId: 'getPayment',
    tag,
    summary: 'What is known of a reference',
    params: referenceParam,
    examples: { reference: REFERENCE },
    replies: { 200: { description: 'The payment.', schema: reply.paymentReply, example: PAYMENT } },
    problems: [paymentNotFound, paymentUndecided],
    handler: async ({ params }) => jsonReply(200, await findPayments.one(params.reference)),
  });

/** The routes of the payment service; each makes one call. */
export function paymentRoutes({ makePayment, refundPayment, findPayments }: PaymentUseCases): Route[] {
  return [
    makePaymentRoute(makePayment),
    refundPaymentRoute(refundPayment),
    listPaymentsRoute(findPayments),
    getPaymentRoute(findPayments),
  ];
}
