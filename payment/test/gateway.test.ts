import { send } from '@appointments/chassis/testing';
import { expect, test } from 'vitest';
import { TEST_CARDS } from '../src/sandbox/test-cards.ts';
import { PAYER, startPaymentService } from './payment-service.ts';
import { createBreakableGateway } from './test-gateways.ts';

const ask = ({ url }: { url: string }, headers = {}) => send(`${url}/payment/gateway`, 'GET', undefined, headers);

test('When the sandbox is in use, Then that is said, and each of its cards does what is said of it', async () => {
  await using service = await startPaymentService();

  const { json } = await ask(service);
  const statuses: Record<string, unknown[]> = {};
  for (const { number, outcome } of json.testCards) {
    const reply = await service.pay({ ...PAYER, cardNum: number });
    statuses[outcome] = [reply.status, reply.json.declineCode ?? reply.json.code ?? reply.json.payment_status];
  }

  expect(json).toEqual({ gateway: 'sandbox', testCards: TEST_CARDS });
  // What comes of a confirmation is in the tests of challenges.
  expect(statuses).toEqual({
    settles: [200, 'settled'],
    'is declined': [402, 'generic_decline'],
    'is declined for lack of funds': [402, 'insufficient_funds'],
    'cannot be processed': [402, 'processing_error'],
    'asks its holder, and settles once approved': [202, 'requires_action'],
    'asks its holder, and is declined for lack of funds once approved': [202, 'requires_action'],
  });
});

test('When another gateway is in use, Then that is said, and no test cards; a service token is asked for as everywhere', async () => {
  await using service = await startPaymentService({ gateway: createBreakableGateway().gateway, serviceToken: 'token' });

  const replies = [await ask(service), await ask(service, { authorization: 'Bearer token' })];

  expect(replies.map(({ status }) => status)).toEqual([401, 200]);
  expect(replies[1]?.json).toEqual({ gateway: 'http', testCards: [] });
});
