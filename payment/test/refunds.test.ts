import { waitUntil } from '@appointments/chassis/testing';
import { describe, expect, test } from 'vitest';
import { gatewayUnavailable } from '../src/problems.ts';
import { PAYER, startPaymentService } from './payment-service.ts';
import { createBreakableGateway, createHeldGateway } from './test-gateways.ts';

describe('PUT /payment/refunds/{reference}', () => {
  test('When a settled payment is refunded twice, Then the gateway is called once and both replies are equal', async () => {
    const psp = createBreakableGateway();
    await using service = await startPaymentService({ gateway: psp.gateway });
    const { payment_id } = (await service.pay(PAYER, 'booking-1')).json;
    const first = await service.refund('booking-1');
    const second = await service.refund('booking-1');
    expect(first.status).toBe(200);
    expect(first.json).toEqual({ reference: 'booking-1', payment_status: 'refunded', payment_id });
    expect(second.text).toBe(first.text);
    expect(psp.asked).toEqual(['charge booking-1', 'reverse booking-1 100000']);
    expect((await service.find('booking-1')).json).toMatchObject({ payment_status: 'refunded', payment_id });
  });

  test('When nothing is known of the reference, Then a tombstone refuses the payment that comes later', async () => {
    const psp = createBreakableGateway();
    await using service = await startPaymentService({ gateway: psp.gateway });
    const first = await service.refund('booking-1');
    expect([first.status, first.json]).toEqual([200, { reference: 'booking-1', payment_status: 'voided' }]);
    expect((await service.refund('booking-1')).text).toBe(first.text);
    const late = await service.pay(PAYER, 'booking-1');
    expect([late.status, late.json.code]).toEqual([409, 'voided']);
    expect(psp.asked).toEqual([]);
    expect((await service.find('booking-1')).json).toEqual({ reference: 'booking-1', payment_status: 'voided' });
  });

  test('When a refunded payment is retried with its key, Then it is not charged again', async () => {
    const psp = createBreakableGateway();
    await using service = await startPaymentService({ gateway: psp.gateway });
    const paid = await service.pay(PAYER, 'booking-1');
    await service.refund('booking-1');
    expect((await service.pay(PAYER, 'booking-1')).text).toBe(paid.text);
    expect(psp.asked.filter((call) => call.startsWith('charge'))).toHaveLength(1);
    expect((await service.find('booking-1')).json.payment_status).toBe('refunded');
  });

  test('When a declined payment is refunded, Then it is voided without the gateway', async () => {
    const psp = createBreakableGateway({ status: 'declined', declineCode: 'generic_decline' });
    await using service = await startPaymentService({ gateway: psp.gateway });
    await service.pay(PAYER, 'booking-1');
    expect((await service.refund('booking-1')).json.payment_status).toBe('voided');
    expect(psp.asked).toEqual(['charge booking-1']);
  });

  test('When the gateway is down, Then it is 503, the intent stays, and a retry finishes it', async () => {
    const psp = createBreakableGateway();
    await using service = await startPaymentService({ gateway: psp.gateway });
    await service.pay(PAYER, 'booking-1');
    psp.reverseFails = true;
    const refused = await service.refund('booking-1');
    expect([refused.status, refused.json.code]).toEqual([503, 'gateway_unavailable']);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect((await service.find('booking-1')).json.payment_status).toBe('settled');
    psp.reverseFails = false;
    expect((await service.refund('booking-1')).json.payment_status).toBe('refunded');
  });

  test('When a payment was left pending by a gateway that was down, Then it is voided and stays so', async () => {
    const psp = createBreakableGateway();
    psp.chargeFails = true;
    psp.reverseFails = true;
    await using service = await startPaymentService({ gateway: psp.gateway });
    await service.pay(PAYER, 'booking-1');
    expect((await service.refund('booking-1')).status).toBe(503);
    expect((await service.find('booking-1')).json.payment_status).toBe('voided');
    expect((await service.pay(PAYER, 'booking-1')).json.code).toBe('voided');
    psp.reverseFails = false;
    expect((await service.refund('booking-1')).json).toMatchObject({ payment_status: 'voided' });
    expect(psp.asked.filter((call) => call.startsWith('charge'))).toHaveLength(1);
  });

  test('When 20 refunds come at once, Then all say refunded', async () => {
    await using service = await startPaymentService();
    await service.pay(PAYER, 'booking-1');
    const replies = await Promise.all(Array.from({ length: 20 }, () => service.refund('booking-1')));
    expect(new Set(replies.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(replies[0]?.json.payment_status).toBe('refunded');
  });

  test('When a reversal that was begun fails, Then the others are still finished', async () => {
    const psp = createBreakableGateway();
    await using service = await startPaymentService({ gateway: psp.gateway });
    psp.reverseFails = true;
    for (const reference of ['booking-1', 'booking-2']) {
      await service.pay(PAYER, reference);
      await service.refund(reference);
    }
    psp.gateway.reverse = async (reference) => {
      if (reference === 'booking-1') throw gatewayUnavailable();
    };
    await service.reversals.finishAll(service.logger);
    expect((await service.find('booking-1')).json.payment_status).toBe('settled');
    expect((await service.find('booking-2')).json.payment_status).toBe('refunded');
    expect(service.lines.join('\n')).toContain('a reversal is still to be finished');
  });
});

describe('a refund that overtakes the charge in flight', () => {
  async function overtake(service: Awaited<ReturnType<typeof startPaymentService>>, asked: string[]) {
    const paying = service.pay(PAYER, 'booking-1');
    await waitUntil('the charge is under way', () => asked.length > 0);
    expect((await service.refund('booking-1')).json.payment_status).toBe('voided');
    return paying;
  }

  test.each([[{ status: 'settled' }], [{ status: 'undecided' }]] as const)(
    'When the late result is %o, Then it is reversed once more and refused with a 409 that is kept',
    async (result) => {
      const { gateway, asked, resolveCharge } = createHeldGateway();
      await using service = await startPaymentService({ gateway });
      const paying = overtake(service, asked);
      await waitUntil('the refund is done', () => asked.includes('reverse booking-1'));
      resolveCharge(result);
      const refused = await paying;
      expect([refused.status, refused.json.code]).toEqual([409, 'voided']);
      expect(asked).toEqual(['charge booking-1', 'reverse booking-1', 'reverse booking-1']);
      expect((await service.find('booking-1')).json.payment_status).toBe('voided');
      expect((await service.pay(PAYER, 'booking-1')).text).toBe(refused.text);
    },
  );

  test('When the late result is a decline, Then it is 409 voided and nothing more is reversed', async () => {
    const { gateway, asked, resolveCharge } = createHeldGateway();
    await using service = await startPaymentService({ gateway });
    const paying = service.pay(PAYER, 'booking-1');
    await waitUntil('the charge is under way', () => asked.length > 0);
    await service.refund('booking-1');
    resolveCharge({ status: 'declined', declineCode: 'reversed' });
    expect((await paying).json.code).toBe('voided');
    expect(asked).toEqual(['charge booking-1', 'reverse booking-1']);
  });

  test('When the late result never comes, Then it is 503 and a retry is 409 voided', async () => {
    const { gateway, asked, failCharge } = createHeldGateway();
    await using service = await startPaymentService({ gateway });
    const paying = service.pay(PAYER, 'booking-1');
    await waitUntil('the charge is under way', () => asked.length > 0);
    await service.refund('booking-1');
    failCharge(gatewayUnavailable());
    expect((await paying).status).toBe(503);
    expect((await service.pay(PAYER, 'booking-1')).json.code).toBe('voided');
    expect(asked).toEqual(['charge booking-1', 'reverse booking-1']);
  });
});
