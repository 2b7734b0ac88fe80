import { describe, expect, test } from 'vitest';
import { PAYER, startPaymentService } from './payment-service.ts';
import { createBreakableGateway } from './test-gateways.ts';

describe('GET /payment/payments/{reference}', () => {
  test('When nothing is known, Then it is 404 payment_not_found', async () => {
    await using service = await startPaymentService();
    const reply = await service.find('booking-1');
    expect([reply.status, reply.json.code]).toEqual([404, 'payment_not_found']);
    expect(reply.json.instance).toBe('/payment/payments/:reference');
  });

  test('When the gateway has not decided, Then it is 404 payment_undecided', async () => {
    const psp = createBreakableGateway();
    psp.chargeFails = true;
    await using service = await startPaymentService({ gateway: psp.gateway });
    await service.pay(PAYER, 'booking-1');
    const reply = await service.find('booking-1');
    expect([reply.status, reply.json.code]).toEqual([404, 'payment_undecided']);
  });

  test('When it was declined, Then the payment shows that', async () => {
    await using service = await startPaymentService();
    await service.pay({ ...PAYER, cardNum: '4000000000000002' }, 'booking-1');
    expect((await service.find('booking-1')).json).toEqual({
      reference: 'booking-1',
      payment_id: expect.any(String),
      payment_status: 'declined',
      amount: '1000.00',
      card: '•••• 0002',
    });
  });

  test('When the reference holds characters that URLs escape, Then it is found', async () => {
    await using service = await startPaymentService();
    const reference = 'a/b?c=%20#d';
    await service.pay(PAYER, reference);
    expect((await service.find(reference)).json.reference).toBe(reference);
    expect((await service.refund(reference)).json).toMatchObject({ reference, payment_status: 'refunded' });
  });
});

describe('GET /payment/payments', () => {
  test('When it is read page by page, Then every row comes once, in the order it was made', async () => {
    await using service = await startPaymentService();
    const references = ['z', 'a', 'm', 'b', 'y'];
    for (const reference of references) await service.pay(PAYER, reference);
    await service.refund('m');
    await service.refund('tombstone');

    const seen: Array<{ reference: string; payment_status: string }> = [];
    let cursor: string | null = '0';
    while (cursor !== null) {
      const { items, nextCursor }: { items: typeof seen; nextCursor: string | null } = (
        await service.list(`?limit=2&cursor=${cursor}`)
      ).json;
      seen.push(...items);
      cursor = nextCursor;
    }
    expect(seen.map(({ reference }) => reference)).toEqual([...references, 'tombstone']);
    expect(seen.map(({ payment_status }) => payment_status)).toEqual([
      'settled',
      'settled',
      'refunded',
      'settled',
      'settled',
      'voided',
    ]);
  });

  test('When the ledger is empty, Then there is no next page', async () => {
    await using service = await startPaymentService();
    expect((await service.list()).json).toEqual({ items: [], nextCursor: null });
  });
});
