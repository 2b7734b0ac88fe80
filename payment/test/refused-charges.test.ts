import { describe, expect, test } from 'vitest';
import { createHttpGateway } from '../src/http-gateway.ts';
import { PAYER, startPaymentService } from './payment-service.ts';
import { startPsp } from './stub-psp.ts';

const ODD_CARD = '4111111111111111';
// More than open a circuit, and each of them may be sent twice.
const ODD_PAYMENTS = 8;

/** A payment service with a PSP that answers so to one card. */
async function startRefusing(status: number, body: unknown) {
  const psp = await startPsp();
  psp.refusals.set(ODD_CARD, [status, body]);
  const service = await startPaymentService({ gateway: createHttpGateway({ baseUrl: psp.url, timeoutMs: 5_000 }) });
  return {
    psp,
    service,
    payOdd: (key: string) => service.pay({ ...PAYER, cardNum: ODD_CARD }, key),
    async [Symbol.asyncDispose]() {
      await service[Symbol.asyncDispose]();
      await psp[Symbol.asyncDispose]();
    },
  };
}

const odd = (count: number) => `odd-${count}`;

describe.concurrent('a PSP that refuses one card', () => {
  test.each<[number, unknown, string]>([
    [400, { error: 'card_number_invalid' }, 'generic_decline'],
    [402, { declineCode: 'Card 4111111111111111' }, 'generic_decline'],
    [410, {}, 'generic_decline'],
    [422, { status: 422, declineCode: 'incorrect_number' }, 'incorrect_number'],
    [451, { detail: 'no' }, 'generic_decline'],
  ])('When it answers %d, Then that is a decline, and the other cards settle', async (status, body, declineCode) => {
    await using setup = await startRefusing(status, body);
    const { psp, service, payOdd } = setup;

    for (let count = 0; count < ODD_PAYMENTS; count += 1) {
      const reply = await payOdd(odd(count));
      expect([reply.status, reply.json.code, reply.json.declineCode]).toEqual([402, 'card_declined', declineCode]);
    }

    expect(psp.requests).toHaveLength(ODD_PAYMENTS);
    expect((await service.pay(PAYER, 'good')).status).toBe(200);
    expect((await service.find(odd(0))).json.payment_status).toBe('declined');
  });

  test('When it still works on the first call, Then the client is told to retry, and the other cards settle', async () => {
    await using setup = await startRefusing(409, { error: 'in_progress' });
    const { psp, service, payOdd } = setup;

    for (let count = 0; count < ODD_PAYMENTS; count += 1) {
      const reply = await payOdd(odd(count));
      expect([reply.status, reply.json.code]).toEqual([409, 'request_in_progress']);
      expect(reply.headers.get('retry-after')).toBe('1');
    }

    expect((await service.pay(PAYER, 'good')).status).toBe(200);
    psp.refusals.clear();
    expect((await payOdd(odd(0))).status).toBe(200);
    expect(psp.charges.size).toBe(2);
  });

  test.each<[number, unknown]>([
    [402, { status: 'settled' }],
    [404, { error: 'no such route' }],
    [405, {}],
    [422, 'no object'],
  ])('When it answers %d with %j, Then nothing is known, and the other cards settle', async (status, body) => {
    await using setup = await startRefusing(status, body);
    const { service, payOdd } = setup;

    for (let count = 0; count < ODD_PAYMENTS; count += 1) {
      expect((await payOdd(odd(count))).json.code).toBe('gateway_unavailable');
    }

    expect((await service.pay(PAYER, 'good')).status).toBe(200);
    expect((await service.find(odd(0))).json.code).toBe('payment_undecided');
  });

  test('When it refuses to refund, Then the money stays owed, and others are charged', async () => {
    await using setup = await startRefusing(422, {});
    const { psp, service } = setup;
    await service.pay(PAYER, 'good');
    psp.refusesRefunds = [422, { error: 'disputed' }];

    for (let count = 0; count < ODD_PAYMENTS; count += 1) {
      expect((await service.refund('good')).json.code).toBe('gateway_unavailable');
    }

    expect((await service.pay(PAYER, 'another')).status).toBe(200);
    psp.refusesRefunds = undefined;
    expect((await service.refund('good')).json.payment_status).toBe('refunded');
  });
});
