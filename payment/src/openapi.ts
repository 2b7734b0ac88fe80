import {
  bodyProblems,
  createApiDocument,
  idempotencyKeyHeader,
  idempotencyProblems,
  invalidInput,
  pageQuery,
  type RouteDescription,
  referenceParam,
  replyHeader,
} from '@appointments/chassis';
import * as reply from './reply-schema.ts';
import { paymentRequest } from './schema.ts';

const REFERENCE = 'booking-42';
const PAYMENT_ID = '7f3f0f6e-52a5-4b8e-9f57-3f1d9a3f0c11';
const PAYMENT = {
  reference: REFERENCE,
  payment_id: PAYMENT_ID,
  payment_status: 'settled',
  amount: '1000.00',
  card: '•••• 4567',
};

const invalidReference = invalidInput('/reference', 'must have 1 to 255 visible ASCII characters');
const replayable = { 'Idempotent-Replayed': replyHeader.idempotentReplayed.optional() };
const gatewayUnavailable = {
  status: 503,
  code: 'gateway_unavailable',
  when: 'The payment gateway does not respond. Retry with the same Idempotency-Key.',
  headers: { 'Retry-After': replyHeader.retryAfter },
};

const makePayment: RouteDescription = {
  method: 'post',
  path: '/payment/makePayment',
  operationId: 'makePayment',
  tag: 'Payments',
  summary: 'Charge a card, once for each reference',
  description: `
The gateway that comes with the service is a sandbox: \`4242424242424242\` settles, \`4000000000000002\` and
\`4000000000009995\` are declined, \`4000000000000119\` fails with \`processing_error\`, and every other number settles.`,
  headers: idempotencyKeyHeader,
  body: {
    schema: paymentRequest,
    examples: {
      guide: {
        summary: 'A card that settles',
        value: { name: 'Thomas Colins', cardNum: '1234567', amount: '1000.00' },
        headers: { 'Idempotency-Key': REFERENCE },
        status: 200,
      },
      declined: {
        summary: 'A card without funds',
        value: { name: 'Thomas Colins', cardNum: '4000 0000 0000 9995', amount: '1000.00' },
        status: 402,
      },
      processingError: {
        summary: 'A card that the gateway cannot process',
        value: { name: 'Thomas Colins', cardNum: '4000-0000-0000-0119', amount: '12.5' },
        status: 402,
      },
      notAnAmount: {
        summary: 'An amount in words',
        value: { name: 'Thomas Colins', cardNum: '1234567', amount: 'a thousand' },
        status: 400,
      },
    },
  },
  replies: {
    200: {
      description: 'The payment is settled.',
      schema: reply.settlementReply,
      headers: replayable,
      example: { payment_status: 'settled', payment_id: PAYMENT_ID },
    },
  },
  problems: [
    ...bodyProblems,
    ...idempotencyProblems,
    {
      status: 402,
      code: 'card_declined',
      when: 'The card was declined; `declineCode` says why.',
      extensions: { declineCode: reply.declineCode },
      headers: replayable,
    },
    {
      status: 402,
      code: 'processing_error',
      when: 'The gateway could not process the charge; nothing was kept.',
      headers: replayable,
    },
    { status: 409, code: 'voided', when: 'This reference was refunded or voided before.', headers: replayable },
    gatewayUnavailable,
  ],
};

const ledger: RouteDescription[] = [
  {
    method: 'put',
    path: '/payment/refunds/{reference}',
    operationId: 'refundPayment',
    tag: 'Payments',
    summary: 'Give back what was, or will be, paid under a reference',
    description: 'Idempotent. An unknown reference leaves a tombstone: a payment that arrives later gets 409.',
    params: referenceParam,
    examples: { reference: REFERENCE },
    replies: {
      200: {
        description: 'Refunded, or voided where nothing had been settled.',
        schema: reply.refundReply,
        example: { reference: REFERENCE, payment_status: 'refunded', payment_id: PAYMENT_ID },
      },
    },
    problems: [invalidReference, gatewayUnavailable],
  },
  {
    method: 'get',
    path: '/payment/payments',
    operationId: 'listPayments',
    tag: 'Payments',
    summary: 'The ledger page by page, the oldest first',
    query: pageQuery,
    examples: { cursor: 0, limit: 100 },
    replies: {
      200: {
        description: 'One page; `nextCursor` is null on the last.',
        schema: reply.paymentsReply,
        example: { items: [PAYMENT], nextCursor: null },
      },
    },
    problems: [invalidInput('/limit', 'must be a number')],
  },
  {
    method: 'get',
    path: '/payment/payments/{reference}',
    operationId: 'getPayment',
    tag: 'Payments',
    summary: 'What is known of a reference',
    params: referenceParam,
    examples: { reference: REFERENCE },
    replies: { 200: { description: 'The payment.', schema: reply.paymentReply, example: PAYMENT } },
    problems: [
      invalidReference,
      { status: 404, code: 'payment_not_found', when: 'Nothing is known of this reference.' },
      { status: 404, code: 'payment_undecided', when: 'The gateway has not decided on this payment yet.' },
    ],
  },
];

/** The OpenAPI document of the payment service. */
export const apiDocument = createApiDocument({
  title: 'Payment service',
  description:
    'Card payments and their refunds, each made at most once for a reference. Of a card number, the last four digits are all that is kept.',
  tokens: { serviceToken: '`SERVICE_TOKEN`, where the service is run with one.' },
  guard: 'serviceToken',
  routes: [makePayment, ...ledger],
});
