import { randomBytes } from 'node:crypto';
import { send, signWebhook, waitUntil } from '@appointments/chassis/testing';
import { expect, test } from 'vitest';
import type { ChargeResult } from '../src/gateway.ts';
import { PAYER, type PaymentServiceOptions, startPaymentService, WEBHOOK_SECRET } from './payment-service.ts';
import { createBreakableGateway, createHeldGateway } from './test-gateways.ts';

const REQUIRES_ACTION: ChargeResult = { status: 'requires_action', url: 'https://bank.example/confirm/1' };
const MINUTE = 60_000;
const newSecret = () => `whsec_${randomBytes(24).toString('base64')}`;

/** The payment service behind a gateway that wants the cardholder's confirmation, and sends events. */
async function startGateway(result: ChargeResult = REQUIRES_ACTION, options: PaymentServiceOptions = {}) {
  const psp = createBreakableGateway(result);
  const service = await startPaymentService({ gateway: psp.gateway, ...options });
  await service.pay(PAYER, 'booking-1');
  return {
    psp,
    service,
    statusOf: async () => (await service.find('booking-1')).json.payment_status,
    emit: (type: string, sending: Partial<Sending> = {}) => emit(service.url, type, sending),
    eventsKept: () => service.database.read.selectFrom('gateway_events').select(['id', 'type']).execute(),
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  };
}

interface Sending {
  id: string;
  at: Date;
  secret: string;
  reference: string;
  declineCode: string;
  /** What is sent in place of what is signed. */
  forged: string;
}

function emit(url: string, type: string, sending: Partial<Sending>) {
  const {
    id = 'evt_1',
    at = new Date(),
    secret = WEBHOOK_SECRET,
    reference = 'booking-1',
    declineCode,
    forged,
  } = sending;
  const body = JSON.stringify({ type, data: { reference, declineCode } });
  return send(`${url}/payment/gateway-events`, 'POST', forged ?? body, signWebhook({ secret, id, body, at }));
}

test('When the event says settled, Then so does the ledger', async () => {
  await using gateway = await startGateway();
  expect((await gateway.emit('charge.settled')).json).toEqual({ received: true });
  expect(await gateway.statusOf()).toBe('settled');
});

test('When the event says declined, Then the client is told why', async () => {
  await using gateway = await startGateway();
  await gateway.emit('charge.declined', { declineCode: 'do_not_honor' });
  const retry = await gateway.service.pay(PAYER, 'booking-1');
  expect([retry.status, retry.json.declineCode]).toEqual([402, 'do_not_honor']);
});

test('When the event is forged, Then 401 and nothing happens', async () => {
  await using gateway = await startGateway();
  const forged = JSON.stringify({ type: 'charge.settled', data: { reference: 'booking-1' } });
  for (const sending of [{ secret: newSecret() }, { forged }]) {
    const reply = await gateway.emit('charge.declined', sending);
    expect([reply.status, reply.json.code]).toEqual([401, 'bad_signature']);
  }
  const bare = await send(`${gateway.service.url}/payment/gateway-events`, 'POST', JSON.parse(forged));
  expect(bare.status).toBe(401);
  expect(await gateway.statusOf()).toBe('requires_action');
  expect(await gateway.eventsKept()).toEqual([]);
});

test.each([-6 * MINUTE, 6 * MINUTE])('When the event is %i ms from now, Then 400', async (offset) => {
  await using gateway = await startGateway();
  const reply = await gateway.emit('charge.settled', { at: new Date(Date.now() + offset) });
  expect([reply.status, reply.json.code]).toEqual([400, 'stale_event']);
  expect(await gateway.statusOf()).toBe('requires_action');
});

test('When an event is replayed, Then 200 without effect, also with another body', async () => {
  await using gateway = await startGateway();
  await gateway.emit('charge.settled');
  for (const type of ['charge.settled', 'charge.declined']) expect((await gateway.emit(type)).status).toBe(200);
  expect(await gateway.statusOf()).toBe('settled');
  expect(await gateway.eventsKept()).toEqual([{ id: 'evt_1', type: 'charge.settled' }]);
});

test('When the secret is being changed, Then events with either are taken', async () => {
  const webhookSecrets = [newSecret(), newSecret()];
  await using gateway = await startGateway(REQUIRES_ACTION, { webhookSecrets });
  for (const [index, secret] of webhookSecrets.entries()) {
    expect((await gateway.emit('charge.settled', { id: `evt_${index}`, secret })).status).toBe(200);
  }
  expect((await gateway.emit('charge.settled', { id: 'evt_3' })).status).toBe(401);
});

test('When no secret is known, Then no event is taken', async () => {
  await using gateway = await startGateway(REQUIRES_ACTION, { webhookSecrets: [] });
  expect((await gateway.emit('charge.settled')).status).toBe(401);
});

test('When events contradict each other, Then money that moved late is given back, and all are kept', async () => {
  await using gateway = await startGateway();
  await gateway.emit('charge.declined');
  await gateway.emit('charge.settled', { id: 'evt_2' });
  await gateway.service.reversals.finishAll(gateway.service.logger);
  expect(await gateway.statusOf()).toBe('voided');
  expect(gateway.psp.asked).toContain('reverse booking-1 100000');
  expect(await gateway.eventsKept()).toHaveLength(2);
});

test('When a settled payment is said to be declined, Then it stays settled', async () => {
  await using gateway = await startGateway();
  await gateway.emit('charge.settled');
  await gateway.emit('charge.declined', { id: 'evt_2' });
  expect(await gateway.statusOf()).toBe('settled');
});

test('When it settles after it was voided, Then the money is given back', async () => {
  await using gateway = await startGateway();
  await gateway.service.refund('booking-1');
  gateway.psp.asked.length = 0;
  await gateway.emit('charge.settled');
  await gateway.service.reversals.finishAll(gateway.service.logger);
  // The service looks for itself every few seconds as well; a reversal that is asked for twice is one.
  expect(new Set(gateway.psp.asked)).toEqual(new Set(['reverse booking-1 100000']));
  expect(await gateway.statusOf()).toBe('voided');
});

test.each([
  ['charge.settled', 200, 'settled'],
  ['charge.declined', 402, 'declined'],
])('When %s comes before the response to the charge, Then that is %i', async (type, status, ledger) => {
  const psp = createHeldGateway();
  await using service = await startPaymentService({ gateway: psp.gateway });
  const paying = service.pay(PAYER, 'booking-1');
  await waitUntil('the gateway is asked', () => psp.asked.length > 0);
  expect((await emit(service.url, type, {})).status).toBe(200);
  psp.resolveCharge(REQUIRES_ACTION);
  expect((await paying).status).toBe(status);
  expect((await service.find('booking-1')).json.payment_status).toBe(ledger);
});

test('When the event is lost, Then the gateway is asked, and who made the payment is told', async () => {
  const notices: string[] = [];
  const notify = async ({ status }: { status: string }) => void notices.push(status);
  await using gateway = await startGateway(REQUIRES_ACTION, { notify, actionTimeoutMs: 200 });
  gateway.psp.decided = { status: 'settled' };
  await waitUntil('the notice is sent', () => notices.length > 0);
  expect(notices).toEqual(['settled']);
  expect(gateway.psp.asked).toEqual(['charge booking-1', 'find booking-1']);
});

test('When the event is about no payment of ours, Then 404, and it may come again', async () => {
  await using gateway = await startGateway();
  const reply = await gateway.emit('charge.settled', { reference: 'booking-2' });
  expect([reply.status, reply.json.code]).toEqual([404, 'payment_not_found']);
  expect(await gateway.eventsKept()).toEqual([]);
});

test('When the event is of another type, Then it is taken and has no effect', async () => {
  await using gateway = await startGateway();
  expect((await gateway.emit('charge.viewed')).status).toBe(200);
  expect(await gateway.statusOf()).toBe('requires_action');
});

test('When payments wait, Then the metrics say how many, and since when', async () => {
  await using gateway = await startGateway();
  const read = async () => (await send(`${gateway.service.url}/metrics`, 'GET')).text;
  expect(await read()).toMatch(/^payments_waiting 1$/m);
  expect(await read()).toMatch(/^payments_waiting_age_seconds [\d.e-]+$/m);
  await gateway.emit('charge.settled');
  expect(await read()).toMatch(/^payments_waiting 0$/m);
});
