import { waitUntil } from '@appointments/chassis/testing';
import { describe, expect, test } from 'vitest';
import {
  expectFailure,
  expectProblem,
  GUIDE_REQUEST,
  type Stack,
  type StackOptions,
  startStack,
} from './appointment-stack.ts';
import { createUndecidedPayment, neverRespond, respond } from './interferences.ts';

const KEY = { 'idempotency-key': 'key-1' };
const NEXT_ACTION = { type: 'redirect', url: 'https://bank.example/confirm' };

/** A stack in which a booking waits for its cardholder. */
async function startWaiting(options: StackOptions = {}) {
  const stack = await startStack(options);
  const payment = createUndecidedPayment();
  stack.payment.interfere(payment.answer);
  const reply = await stack.book(GUIDE_REQUEST, KEY);
  const path = reply.headers.get('location') as string;
  const notice = (status = 'settled') =>
    stack.call('PUT', path.replace('bookings', 'payment-notices'), { payment_status: status });
  return { stack, payment, reply, path, notice, [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose]() };
}

async function expectNoSlotTaken(stack: Stack): Promise<void> {
  const slots = await stack.slots('John Doe', GUIDE_REQUEST.date);
  expect(slots.filter(({ free }: { free: boolean }) => !free)).toEqual([]);
  expect(slots).not.toEqual([]);
}

describe.concurrent('a payment that its cardholder has to confirm', () => {
  test('When it waits, Then the client gets 202 with what is to be done, and the slot is held', async () => {
    await using waiting = await startWaiting();
    const { stack, reply, path } = waiting;
    expect(reply.status).toBe(202);
    expect(reply.json).toMatchObject({ status: 'requires_action', next_action: NEXT_ACTION, reply: null });
    expect(await stack.booking(reply)).toEqual(reply.json);
    const again = await stack.book(GUIDE_REQUEST, KEY);
    expect([again.status, again.json, again.headers.get('location')]).toEqual([202, reply.json, path]);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expectProblem(await stack.book({ ...GUIDE_REQUEST, name: 'Else' }, KEY), 422, 'idempotency_key_reused');
    expect((await stack.reservation.get('/reservation/appointments')).items).toMatchObject([{ status: 'booked' }]);
    expect(stack.payment.posts()).toHaveLength(1);
  });

  test('When it is confirmed, Then a retry gets what a client that had waited would have got', async () => {
    await using waiting = await startWaiting();
    const { stack, payment, path, notice } = waiting;
    payment.decide('settled');
    expect((await notice()).status).toBe(200);
    await stack.becomes(path, 'confirmed');
    const booking = (await stack.call('GET', path)).json;
    expect(booking.next_action).toBeUndefined();
    expect(booking.reply).toMatchObject({ payment_status: 'settled', appointmentId: '1001', fee: '1000.00' });
    expect(Object.keys(booking.reply).slice(0, 2)).toEqual(['payment_status', 'payment_id']);
    const again = await stack.book(GUIDE_REQUEST, KEY);
    expect([again.status, again.json]).toEqual([200, booking.reply]);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect((await notice()).status).toBe(200);
    expect((await notice('declined')).status).toBe(200);
    expect((await stack.call('GET', path)).json).toEqual(booking);
  });

  test.each(['declined', 'voided'] as const)(
    'When it is %s, Then the booking fails with 402 and its slot is free',
    async (status) => {
      await using waiting = await startWaiting();
      const { stack, payment, path, notice } = waiting;
      payment.decide(status);
      await notice(status);
      await stack.becomes(path, 'compensated');
      expectFailure(await stack.book(GUIDE_REQUEST, KEY), 402);
      await expectNoSlotTaken(stack);
    },
  );

  test('When the cardholder does nothing in time, Then the payment is voided, the slot free, and approval too late', async () => {
    await using waiting = await startWaiting({ actionTimeoutMs: 300 });
    const { stack, payment, path, notice } = waiting;
    await stack.becomes(path, 'compensated');
    expect(payment.status()).toBe('voided');
    expect((await stack.call('GET', path)).json.steps.at(-1)).toMatchObject({ name: 'undo reserve', status: 'done' });
    expectFailure(await stack.book(GUIDE_REQUEST, KEY), 402);
    expect((await notice()).status).toBe(200);
    expect((await stack.call('GET', path)).json.status).toBe('compensated');
    await expectNoSlotTaken(stack);
  });

  test('When the notice is lost, Then the payment service is asked', async () => {
    await using waiting = await startWaiting({ actionTimeoutMs: 300 });
    waiting.payment.decide('settled');
    await waiting.stack.becomes(waiting.path, 'confirmed');
  });

  test('When a notice comes before anything is decided, Then the booking goes on waiting', async () => {
    // So short that it has one wait, which the notice must not use up.
    await using waiting = await startWaiting({ actionTimeoutMs: 5_000 });
    const { stack, payment, path, notice } = waiting;
    const asked = () => stack.payment.requests.filter(({ method }) => method === 'GET').length;
    await notice('declined');
    await waitUntil('payment was asked', () => asked() >= 1);
    await stack.becomes(path, 'requires_action');
    payment.decide('settled');
    await notice();
    await stack.becomes(path, 'confirmed');
  });

  test.each([
    ['does not respond', neverRespond],
    ['responds with an error', respond(500, '{}')],
    ['responds with nonsense', respond(200, '[]')],
  ])('When the payment service %s as it is asked, Then the booking goes on waiting', async (_, broken) => {
    await using waiting = await startWaiting({ bookingDeadlineMs: 2_000 });
    const { stack, payment, path, notice } = waiting;
    stack.payment.interfere(broken);
    await notice('declined');
    const asked = () => stack.payment.requests.filter(({ method }) => method === 'GET').length;
    await waitUntil('payment was asked', () => asked() >= 1);
    await stack.becomes(path, 'requires_action');
    stack.payment.interfere(payment.answer);
    payment.decide('settled');
    await notice();
    await stack.becomes(path, 'confirmed');
  });

  test.each(['shutdown', 'crash'] as const)('When a %s comes while it waits, Then it goes on', async (how) => {
    await using waiting = await startWaiting();
    const { stack, payment, path, notice } = waiting;
    await stack.restart(how);
    expect((await stack.call('GET', path)).json.status).toBe('requires_action');
    payment.decide('settled');
    await notice();
    await stack.becomes(path, 'confirmed');
    expect(stack.payment.posts()).toHaveLength(1);
  });

  test('When an operator cancels it, Then the payment is voided and the slot free', async () => {
    await using waiting = await startWaiting({ operatorToken: 'operator-token' });
    const { stack, payment, path } = waiting;
    expect((await stack.cancel(path)).status).toBe(200);
    expect(payment.status()).toBe('voided');
    await expectNoSlotTaken(stack);
  });

  test('When there is one permit, Then a booking that waits does not hold it', async () => {
    await using waiting = await startWaiting({ maxInFlight: 1 });
    expect((await waiting.stack.book()).status).toBe(202);
  });
});

describe.concurrent('notices', () => {
  test('When the service token is not sent, Then 401, and the booking goes on waiting', async () => {
    await using stack = await startStack({ serviceToken: 'service-token' });
    const path = '/payment-notices/0';
    const body = { payment_status: 'settled' };
    expectProblem(await stack.call('PUT', path, body), 401, 'unauthorized');
    expectProblem(await stack.call('PUT', path, body, { authorization: 'Bearer other' }), 401, 'unauthorized');
    const known = await stack.call('PUT', path, body, { authorization: 'Bearer service-token' });
    expectProblem(known, 404, 'booking_not_found');
  });
});
