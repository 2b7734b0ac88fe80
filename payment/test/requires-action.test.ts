import { expect, test } from 'vitest';
import type { ChargeResult } from '../src/gateway.ts';
import { PAYER, startPaymentService } from './payment-service.ts';
import { createBreakableGateway } from './test-gateways.ts';

const URL_OF_BANK = 'https://bank.example/confirm/1';
const REQUIRES_ACTION: ChargeResult = { status: 'requires_action', url: URL_OF_BANK };
const NEXT_ACTION = { type: 'redirect', url: URL_OF_BANK };

test('When the cardholder has to confirm, Then it is 202, again for a retry, and the gateway is called once', async () => {
  const psp = createBreakableGateway(REQUIRES_ACTION);
  await using service = await startPaymentService({ gateway: psp.gateway });
  const first = await service.pay(PAYER, 'booking-1');
  expect([first.status, first.json]).toEqual([
    202,
    { payment_status: 'requires_action', payment_id: expect.any(String), next_action: NEXT_ACTION },
  ]);
  const retry = await service.pay(PAYER, 'booking-1');
  expect([retry.status, retry.text, retry.headers.get('idempotent-replayed')]).toEqual([202, first.text, null]);
  expect(psp.asked).toEqual(['charge booking-1']);

  const shown = { reference: 'booking-1', payment_status: 'requires_action', next_action: NEXT_ACTION };
  expect((await service.find('booking-1')).json).toMatchObject(shown);
  expect((await service.list()).json.items).toMatchObject([shown]);
});

test('When it is refunded meanwhile, Then it is voided at the gateway, and a retry is told so', async () => {
  const psp = createBreakableGateway(REQUIRES_ACTION);
  await using service = await startPaymentService({ gateway: psp.gateway });
  await service.pay(PAYER, 'booking-1');
  expect((await service.refund('booking-1')).json.payment_status).toBe('voided');
  expect(psp.asked).toEqual(['charge booking-1', 'reverse booking-1 100000']);
  expect((await service.pay(PAYER, 'booking-1')).json.code).toBe('voided');
  expect((await service.find('booking-1')).json.next_action).toBeUndefined();
});
