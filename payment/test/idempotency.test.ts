import { pruneKeys } from '@appointments/chassis';
import { waitUntil } from '@appointments/chassis/testing';
import { describe, expect, test } from 'vitest';
import { PAYER, startPaymentService } from './payment-service.ts';
import { createBreakableGateway, createHeldGateway } from './test-gateways.ts';

const DAY_MS = 86_400_000;

describe('POST /payment/makePayment with Idempotency-Key', () => {
  test.each([
    ['1234567', 200],
    ['4000000000000002', 402],
    ['4000000000000119', 402],
  ])(
    'When a payment with card %s is retried, Then the first reply (%d) comes again byte for byte',
    async (cardNum, status) => {
      await using service = await startPaymentService();
      const first = await service.pay({ ...PAYER, cardNum }, 'booking-1');
      const retry = await service.pay({ ...PAYER, cardNum }, '"booking-1"');
      expect([first.status, retry.status]).toEqual([status, status]);
      expect(retry.text).toBe(first.text);
      expect(retry.headers.get('content-type')).toBe(first.headers.get('content-type'));
      expect(first.headers.get('idempotent-replayed')).toBeNull();
      expect(retry.headers.get('idempotent-replayed')).toBe('true');
      expect((await service.list()).json.items).toHaveLength(1);
    },
  );

  test.each([
    ['name', { name: 'Somebody Else' }],
    ['amount', { amount: '1000.01' }],
    ['card', { cardNum: '1234568' }],
  ])('When the key comes with another %s, Then it is 422', async (_what, change) => {
    await using service = await startPaymentService();
    await service.pay(PAYER, 'booking-1');
    const reply = await service.pay({ ...PAYER, ...change }, 'booking-1');
    expect([reply.status, reply.json.code]).toEqual([422, 'idempotency_key_reused']);
    expect((await service.list()).json.items).toHaveLength(1);
  });

  test('When only the writing of the amount or card differs, Then it is the same request', async () => {
    await using service = await startPaymentService();
    const first = await service.pay(PAYER, 'booking-1');
    const retry = await service.pay({ ...PAYER, amount: '1000', cardNum: '123-4567' }, 'booking-1');
    expect(retry.text).toBe(first.text);
  });

  test('When the first is still running, Then the second is 409, and charges nothing', async () => {
    const { gateway, asked, resolveCharge } = createHeldGateway();
    await using service = await startPaymentService({ gateway });
    const first = service.pay(PAYER, 'booking-1');
    await waitUntil('the charge is under way', () => asked.length > 0);
    const second = await service.pay(PAYER, 'booking-1');
    expect([second.status, second.json.code]).toEqual([409, 'request_in_progress']);
    resolveCharge({ status: 'settled' });
    expect((await first).status).toBe(200);
    expect(asked).toEqual(['charge booking-1']);
    expect((await service.pay(PAYER, 'booking-1')).text).toBe((await first).text);
  });

  test('When 50 come at once, Then one is charged, and each is the same 200 or 409', async () => {
    const psp = createBreakableGateway();
    await using service = await startPaymentService({ gateway: psp.gateway });
    const replies = await Promise.all(Array.from({ length: 50 }, () => service.pay(PAYER, 'booking-1')));
    const paid = replies.filter(({ status }) => status === 200);
    expect(paid.length).toBeGreaterThan(0);
    expect(new Set(paid.map(({ text }) => text)).size).toBe(1);
    expect(replies.filter(({ status }) => status !== 200 && status !== 409)).toEqual([]);
    expect(psp.asked).toEqual(['charge booking-1']);
    expect((await service.list()).json.items).toHaveLength(1);
  });

  test('When a payment that got 409 voided is retried, Then its reply is the same byte for byte', async () => {
    await using service = await startPaymentService();
    await service.refund('booking-1');
    const first = await service.pay(PAYER, 'booking-1');
    const retry = await service.pay(PAYER, 'booking-1');
    expect(retry.status).toBe(409);
    expect(retry.text).toBe(first.text);
  });

  test('When the key was forgotten after a day, Then the ledger still charges nothing twice', async () => {
    let at = Date.now();
    const psp = createBreakableGateway();
    await using service = await startPaymentService({ gateway: psp.gateway, now: () => at });
    const first = await service.pay(PAYER, 'booking-1');
    at += 2 * DAY_MS;
    await service.database.transaction((tables) => pruneKeys(tables, at));
    for (const change of [{ name: 'Somebody Else' }, { amount: '1.00' }, { cardNum: '4242424242424242' }]) {
      const other = await service.pay({ ...PAYER, ...change }, 'booking-1');
      expect([other.status, other.json.code]).toEqual([422, 'idempotency_key_reused']);
    }
    const retry = await service.pay(PAYER, 'booking-1');
    expect(retry.json).toEqual(first.json);
    expect(psp.asked).toHaveLength(1);
  });

  test('When all that is left is a tombstone, Then it knows the request that it refused', async () => {
    let at = Date.now();
    await using service = await startPaymentService({ now: () => at });
    await service.refund('booking-1');
    expect((await service.pay(PAYER, 'booking-1')).json.code).toBe('voided');
    at += 2 * DAY_MS;
    await service.database.transaction((tables) => pruneKeys(tables, at));
    const other = await service.pay({ ...PAYER, name: 'Somebody Else' }, 'booking-1');
    expect([other.status, other.json.code]).toEqual([422, 'idempotency_key_reused']);
    expect((await service.pay(PAYER, 'booking-1')).json.code).toBe('voided');
  });

  test('When an earlier release kept less of a payment, Then amount and card are compared', async () => {
    let at = Date.now();
    await using service = await startPaymentService({ now: () => at });
    await service.pay(PAYER, 'booking-1');
    at += 2 * DAY_MS;
    await service.database.transaction(async (tables) => {
      await pruneKeys(tables, at);
      await tables.updateTable('payments').set({ fingerprint: null }).execute();
    });
    expect((await service.pay({ ...PAYER, amount: '1.00' }, 'booking-1')).status).toBe(422);
    expect((await service.pay(PAYER, 'booking-1')).status).toBe(200);
    expect((await service.pay({ ...PAYER, name: 'Somebody Else' }, 'booking-1')).status).toBe(422);
  });
});
