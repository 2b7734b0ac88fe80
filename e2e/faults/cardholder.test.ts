import { waitUntil } from '@appointments/chassis/testing';
import { expect, test } from 'vitest';
import { ASKS_HOLDER, createCardholderClient, decide, TOKEN_ASKS_HOLDER } from '../src/faults/cardholder.ts';
import { createClientLedger } from '../src/faults/client-ledger.ts';
import { createFaultStack, type FaultStack, type FaultStackOptions } from '../src/faults/fault-stack.ts';
import { WRITES_APART } from '../src/faults/repeats.ts';
import { startStubGateway } from '../src/faults/stub-gateway.ts';
import { expectRecovered } from '../src/faults/verdict.ts';

/** A stack with a booking that waits for its cardholder. */
async function startWaiting(options: FaultStackOptions = {}) {
  await using opened = new AsyncDisposableStack();
  const stack = opened.use(await createFaultStack(options));
  await stack.startAll();
  const clients = createClientLedger();
  const client = createCardholderClient(stack, clients, 1, ASKS_HOLDER);
  const { status, json, bookingId } = await client.begin();
  expect([status, json.status]).toEqual([202, 'requires_action']);
  const owned = opened.move();
  return {
    stack,
    client,
    url: json.next_action.url as string,
    bookingId: bookingId as string,
    expectAllWell: () => expectRecovered(stack.addresses, clients),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const statusOfPayment = async ({ addresses }: FaultStack, reference: string) => {
  const response = await fetch(`${addresses.payment}/payment/payments/${reference}`);
  return ((await response.json()) as { payment_status?: string }).payment_status;
};

test('When the cardholder declines, Then the client is told 402 and the slot is free', async () => {
  await using booking = await startWaiting();
  await decide(booking.url, 'declined');
  expect((await booking.client.end()).status).toBe(402);
  await booking.expectAllWell();
});

test('When the cardholder ignores it, Then time is over, and an approval that comes later changes nothing', async () => {
  await using booking = await startWaiting({ env: { PAYMENT_ACTION_TIMEOUT_MS: '1000' } });
  expect((await booking.client.end()).status).toBe(402);
  await decide(booking.url, 'approved');
  await booking.expectAllWell();
  expect(await statusOfPayment(booking.stack, booking.bookingId)).toBe('voided');
});

test('When the cardholder approves while the orchestrator is dead, Then the booking is confirmed after its start', async () => {
  await using booking = await startWaiting();
  await booking.stack.kill('appointment');
  await decide(booking.url, 'approved');
  await booking.stack.start('appointment');
  expect((await booking.client.end()).status).toBe(200);
  await booking.expectAllWell();
});

test('When the payment service dies right after the approval, Then the booking is confirmed', async () => {
  await using booking = await startWaiting();
  await decide(booking.url, 'approved');
  await booking.stack.kill('payment');
  await booking.stack.start('payment');
  expect((await booking.client.end()).status).toBe(200);
  await booking.expectAllWell();
});

test('When the cardholder approves twice at once, Then it is charged once', async () => {
  await using booking = await startWaiting();
  await Promise.all([decide(booking.url, 'approved'), decide(booking.url, 'approved')]);
  expect((await booking.client.end()).status).toBe(200);
  await booking.expectAllWell();
});

test('When the gateway decides while payment is dead and its event is lost, Then payment asks', async () => {
  await using gateway = await startStubGateway();
  await using booking = await startWaiting({ env: gateway.env });
  await booking.stack.kill('payment');
  gateway.decide(booking.bookingId, 'settled');
  await booking.stack.start('payment');
  expect((await booking.client.end()).status).toBe(200);
  await booking.expectAllWell();
});

test('When the event comes before the response to the charge, Then the booking is confirmed at once', async () => {
  await using gateway = await startStubGateway();
  await using stack = await createFaultStack({ env: gateway.env });
  await stack.startAll();
  gateway.beforeResponse = async (reference) => {
    expect(await gateway.emit(stack.addresses.payment, reference, 'settled')).toBe(200);
  };
  const clients = createClientLedger();
  const client = createCardholderClient(stack, clients, 1, ASKS_HOLDER);
  expect((await client.begin()).status).toBe(200);
  await client.end();
  await expectRecovered(stack.addresses, clients);
});

test('When it settles after time was over, Then the money is given back', async () => {
  await using gateway = await startStubGateway();
  await using booking = await startWaiting({ env: { ...gateway.env, PAYMENT_ACTION_TIMEOUT_MS: '1000' } });
  expect((await booking.client.end()).status).toBe(402);
  await waitUntil('it is voided', () => gateway.refunded.has(booking.bookingId));
  gateway.refunded.clear();
  expect(await gateway.emit(booking.stack.addresses.payment, booking.bookingId, 'settled')).toBe(200);
  await waitUntil('the late money is given back', () => gateway.refunded.has(booking.bookingId));
  await booking.expectAllWell();
});

test.each([
  // With a token the booking goes on; with a card, or where a backend is not back by the deadline, it may be rolled back.
  ['appointment', TOKEN_ASKS_HOLDER, [200], 8],
  ['payment', ASKS_HOLDER, [200, 503], 8],
] as const)(
  'When %s is killed at each of its commits of a booking by %o, Then it ends as one of %o',
  async (victim, means, statuses, least) => {
    await using stack = await createFaultStack();
    const clients = createClientLedger();
    await stack.startAll();
    let died = true;
    let round = 1 - WRITES_APART;
    for (let day = 1; died; day += 1) {
      round += WRITES_APART;
      died = false;
      await stack.stop(victim);
      await stack.start(victim, {
        strike: { when: 'after', nth: round, method: 'POST', requestId: `strike-${round}` },
      });
      const life = stack.exited(victim).then(async (code) => {
        died = code === null;
        if (died) await stack.start(victim);
      });
      const client = createCardholderClient(stack, clients, day, means);
      const waiting = await client.begin(`strike-${round}`);
      if (waiting.status === 202) await decide(waiting.json.next_action.url, 'approved');
      const ended = await client.end();
      expect(statuses, `commit ${round}: ${ended.text}`).toContain(ended.status);
      // What it still writes may be where it ends.
      if (!died) await stack.stop(victim);
      await life;
      // The circuit was open since the last kill, and nothing came to the one that is to be killed: once more.
      if (!died && ended.status === 503) {
        died = true;
        round -= WRITES_APART;
      }
    }
    await stack.start(victim);
    expect(round).toBeGreaterThan(least);
    await expectRecovered(stack.addresses, clients);
  },
);
