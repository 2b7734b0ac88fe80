import { send } from '@appointments/chassis/testing';
import { describe, expect, test } from 'vitest';
import { PAYER, startPaymentService } from './payment-service.ts';
import { createBreakableGateway } from './test-gateways.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

describe('POST /payment/makePayment', () => {
  test('When the card is good, Then the reply is a settled payment with a fresh id, and the ledger has it', async () => {
    await using service = await startPaymentService();
    const first = await service.pay(PAYER, 'booking-1');
    const second = await service.pay(PAYER, 'booking-2');
    expect(first.status).toBe(200);
    expect(first.headers.get('content-type')).toMatch(/^application\/json/);
    expect(Object.keys(first.json)).toEqual(['payment_status', 'payment_id']);
    expect(first.json).toEqual({ payment_status: 'settled', payment_id: expect.stringMatching(UUID) });
    expect(second.json.payment_id).not.toBe(first.json.payment_id);
    expect((await service.find('booking-1')).json).toEqual({
      reference: 'booking-1',
      payment_id: first.json.payment_id,
      payment_status: 'settled',
      amount: '1000.00',
      card: '•••• 4567',
    });
  });

  test.each([
    ['4242 4242 4242 4242', '4242'],
    ['4242-4242-4242-4242', '4242'],
    ['123 45-67', '4567'],
    ['1234567890123456789', '6789'],
  ])('When the card is written %s, Then its digits count', async (cardNum, shown) => {
    await using service = await startPaymentService();
    expect((await service.pay({ ...PAYER, cardNum }, 'booking-1')).status).toBe(200);
    expect((await service.find('booking-1')).json.card).toBe(`•••• ${shown}`);
  });

  test.each([
    ['4000000000000002', 'generic_decline'],
    ['4000 0000 0000 9995', 'insufficient_funds'],
  ])('When the card %s is declined, Then it is 402 with the decline code', async (cardNum, declineCode) => {
    await using service = await startPaymentService();
    const reply = await service.pay({ ...PAYER, cardNum }, 'booking-1');
    expect(reply.status).toBe(402);
    expect(reply.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(reply.json).toMatchObject({
      status: 402,
      code: 'card_declined',
      declineCode,
      instance: '/payment/makePayment',
    });
    expect((await service.find('booking-1')).json.payment_status).toBe('declined');
  });

  test('When the gateway cannot decide, Then the charge is reversed, voided and refused with 402', async () => {
    const psp = createBreakableGateway({ status: 'undecided' });
    await using service = await startPaymentService({ gateway: psp.gateway });
    const reply = await service.pay(PAYER, 'booking-1');
    expect(reply.status).toBe(402);
    expect(reply.json.code).toBe('processing_error');
    expect(psp.asked).toEqual(['charge booking-1', 'reverse booking-1 100000']);
    expect((await service.find('booking-1')).json.payment_status).toBe('voided');
    const retry = await service.pay(PAYER, 'booking-1');
    expect(retry.text).toBe(reply.text);
    expect(psp.asked).toHaveLength(2);
  });

  test('When the sandbox card for a processing error is used, Then it is 402 processing_error', async () => {
    await using service = await startPaymentService();
    const reply = await service.pay({ ...PAYER, cardNum: '4000000000000119' });
    expect([reply.status, reply.json.code]).toEqual([402, 'processing_error']);
  });

  test('When the reversal of an undecided charge fails, Then it is 503 and the reversal is finished later', async () => {
    const psp = createBreakableGateway({ status: 'undecided' });
    psp.reverseFails = true;
    await using service = await startPaymentService({ gateway: psp.gateway });
    expect((await service.pay(PAYER, 'booking-1')).status).toBe(503);
    psp.reverseFails = false;
    await service.reversals.finishAll(service.logger);
    expect(psp.asked.at(-1)).toBe('reverse booking-1 100000');
    expect((await service.list()).json.items).toMatchObject([{ payment_status: 'voided' }]);
    expect((await service.pay(PAYER, 'booking-1')).json.code).toBe('voided');
    expect(psp.asked.filter((call) => call.startsWith('charge'))).toHaveLength(1);
  });

  test('When the gateway is down, Then it is 503 with Retry-After, and the same key charges again', async () => {
    const psp = createBreakableGateway();
    psp.chargeFails = true;
    await using service = await startPaymentService({ gateway: psp.gateway });
    const refused = await service.pay(PAYER, 'booking-1');
    expect([refused.status, refused.json.code]).toEqual([503, 'gateway_unavailable']);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect((await service.list()).json.items).toMatchObject([{ reference: 'booking-1', payment_status: 'pending' }]);
    psp.chargeFails = false;
    const paid = await service.pay(PAYER, 'booking-1');
    expect(paid.status).toBe(200);
    expect(paid.headers.get('idempotent-replayed')).toBeNull();
    expect(psp.asked).toEqual(['charge booking-1', 'charge booking-1']);
    expect((await service.list()).json.items).toMatchObject([
      { payment_status: 'settled', payment_id: paid.json.payment_id },
    ]);
  });

  test('When the gateway is down and there is no key to retry with, Then the charge is going to be reversed', async () => {
    const psp = createBreakableGateway();
    psp.chargeFails = true;
    await using service = await startPaymentService({ gateway: psp.gateway });
    expect((await service.pay(PAYER)).status).toBe(503);
    await service.reversals.finishAll(service.logger);
    expect(psp.asked).toEqual([expect.stringMatching(/^charge /), expect.stringMatching(/^reverse .* 100000$/)]);
    expect((await service.list()).json.items).toMatchObject([{ payment_status: 'voided' }]);
  });
});

describe('every route', () => {
  const TOKEN = 'a-token-of-the-services';

  test.each([
    ['POST', '/payment/makePayment'],
    ['GET', '/payment/payments'],
    ['GET', '/payment/payments/booking-1'],
    ['PUT', '/payment/refunds/booking-1'],
  ])('When %s %s comes without the service token, Then it is 401, and with it not', async (method, path) => {
    await using service = await startPaymentService({ serviceToken: TOKEN });
    const body = method === 'POST' ? PAYER : undefined;
    for (const headers of [{}, { authorization: `Bearer ${TOKEN}x` }, { authorization: TOKEN }]) {
      const refused = await send(service.url + path, method, body, headers);
      expect([refused.status, refused.json.code]).toEqual([401, 'unauthorized']);
      expect(refused.headers.get('www-authenticate')).toBe('Bearer');
    }
    const served = await send(service.url + path, method, body, { authorization: `Bearer ${TOKEN}` });
    expect(served.status).not.toBe(401);
    expect((await send(`${service.url}/livez`, 'GET')).status).toBe(200);
  });

  test.each([
    ['GET', '/payment/makePayment', 405, 'POST'],
    ['POST', '/payment/refunds/booking-1', 405, 'PUT'],
    ['DELETE', '/payment/payments/booking-1', 405, 'HEAD, GET'],
    ['GET', '/payment/nothing-here', 404, null],
  ])('When it is %s %s, Then it is %d with Allow %s', async (method, path, status, allow) => {
    await using service = await startPaymentService();
    const reply = await send(service.url + path, method);
    expect(reply.status).toBe(status);
    expect(reply.headers.get('allow')).toBe(allow);
    expect(reply.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  });
});
