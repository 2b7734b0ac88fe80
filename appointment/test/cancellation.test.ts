import { type ApiReply, waitUntil } from '@appointments/chassis/testing';
import { describe, expect, test } from 'vitest';
import { expectProblem, GUIDE_REQUEST, startStack } from './appointment-stack.ts';
import { onlyPosts, respond } from './interferences.ts';

const OPERATOR = { operatorToken: 'of-the-operators' };

const ABOUT_SLOT_AND_MONEY = /\b(?:reserve|pay)\b/;

const pathOf = (reply: ApiReply) => reply.headers.get('location') as string;
const stepsOf = (booking: { steps: Array<{ name: string; status: string }> }) =>
  booking.steps.map(({ name, status }) => `${name} ${status}`).filter((step) => ABOUT_SLOT_AND_MONEY.test(step));
// biome-ignore lint/suspicious/noExplicitAny: a test reads whatever members it expects.
const undoOfPay = (booking: any) => booking.steps.find(({ name }: { name: string }) => name === 'undo pay');

describe.concurrent('PUT /bookings/{id}/cancellation', () => {
  test('When the booking is confirmed, Then money and slot go back, and a retry changes nothing', async () => {
    await using stack = await startStack(OPERATOR);
    const first = await stack.book();
    const path = pathOf(first);
    const cancelled = await stack.cancel(path);
    expect([cancelled.status, cancelled.json.status]).toEqual([200, 'cancelled']);
    expect(cancelled.json.reply).toEqual(first.json);
    expect(stepsOf(cancelled.json)).toEqual(['reserve done', 'pay done', 'undo pay done', 'undo reserve done']);
    expect((await stack.ledgerEntry(path)).payment_status).toBe('refunded');
    const { appointmentId } = first.json;
    expect((await stack.reservation.get(`/reservation/appointments/${appointmentId}`)).status).toBe('cancelled');
    expect((await stack.slots('John Doe', '30-09-2019'))[0]).toEqual({ time: '3.00pm', free: true });
    const calls = stack.payment.requests.length;
    const again = await stack.cancel(path);
    expect([again.status, again.text]).toEqual([200, cancelled.text]);
    expect(stack.payment.requests.length).toBe(calls);
    expect(await stack.kept()).toEqual({ slots: [], charges: [] });
  });

  test('When several come at once, Then the money goes back once', async () => {
    await using stack = await startStack(OPERATOR);
    const path = pathOf(await stack.book());
    const replies = await Promise.all(Array.from({ length: 8 }, () => stack.cancel(path)));
    expect(replies.every(({ status }) => status === 200 || status === 202)).toBe(true);
    await stack.becomes(path, 'cancelled');
    expect(stack.payment.requests.filter(({ method }) => method === 'PUT')).toHaveLength(1);
  });

  test.each([
    ['failed', { doctor: 'Nobody' }],
    ['compensated', { cardNum: '4000000000000002' }],
  ])('When the booking is %s, Then it is 409', async (status, change) => {
    await using stack = await startStack(OPERATOR);
    const reply = await stack.book({ ...GUIDE_REQUEST, ...change });
    expectProblem(await stack.cancel(pathOf(reply)), 409, 'booking_not_confirmed');
    expect((await stack.booking(reply)).status).toBe(status);
  });

  test('When payment is down, Then it is 202, shown as compensating, and ends cancelled', async () => {
    await using stack = await startStack(OPERATOR);
    const path = pathOf(await stack.book());
    await stack.payment.goDown();
    const reply = await stack.cancel(path);
    expect([reply.status, reply.json.status]).toEqual([202, 'compensating']);
    expect(stepsOf(reply.json)).toEqual(['reserve done', 'pay done', 'undo pay failed', 'undo reserve pending']);
    expect(undoOfPay(reply.json).code).toBe('refused');
    const again = await stack.cancel(path);
    expect([again.status, again.json.status]).toEqual([202, 'compensating']);
    await stack.payment.comeBack();
    await stack.becomes(path, 'cancelled');
    expect(await stack.kept()).toEqual({ slots: [], charges: [] });
  });
});

describe.concurrent('a payment service that has lost its ledger', () => {
  test('When it knows of nothing to refund, Then the cancellation is stuck and says why', async () => {
    await using stack = await startStack(OPERATOR);
    const path = pathOf(await stack.book());
    stack.payment.interfere(respond(200, '{"reference":"gone","payment_status":"voided"}'));
    const reply = await stack.cancel(path);
    expect([reply.status, reply.json.status, reply.json.reason]).toEqual([202, 'stuck', 'not_refunded: pay']);
    expect(undoOfPay(reply.json)).toMatchObject({ name: 'undo pay', status: 'failed', code: 'not_refunded' });
    stack.payment.interfere(undefined);
    await stack.becomes(path, 'cancelled');
    expect(await stack.kept()).toEqual({ slots: [], charges: [] });
  });
});

describe.concurrent('POST /bookings/{id}/retry', () => {
  test('When an undo keeps failing, Then the booking is stuck, a retry runs it, and it ends', async () => {
    await using stack = await startStack(OPERATOR);
    const path = pathOf(await stack.book());
    stack.payment.interfere(respond(404, '{"code":"not_found"}'));
    expect((await stack.cancel(path)).status).toBe(202);
    await stack.becomes(path, 'stuck');
    expect((await stack.list('?status=stuck')).json.items).toHaveLength(1);
    const before = undoOfPay((await stack.call('GET', path)).json);
    const stillStuck = await stack.retry(path);
    expect([stillStuck.status, stillStuck.json.status]).toEqual([200, 'stuck']);
    // Invalid responses open the circuit, so a run may end at its first attempt.
    expect(undoOfPay(stillStuck.json)).toMatchObject({ name: 'undo pay', status: 'failed' });
    expect(undoOfPay(stillStuck.json).code).toMatch(/^(http_404|circuit_open)$/);
    expect(undoOfPay(stillStuck.json).attempts).toBeGreaterThan(before.attempts);
    expect((await stack.cancel(path)).status).toBe(202);
    stack.payment.interfere(undefined);
    await waitUntil('a retry gets through', async () => (await stack.retry(path)).json.status !== 'stuck');
    await stack.becomes(path, 'cancelled');
    expectProblem(await stack.retry(path), 409, 'booking_not_stuck');
    expect(await stack.kept()).toEqual({ slots: [], charges: [] });
  });

  test('When nobody retries it, Then a stuck booking ends by itself once the service is well', async () => {
    await using stack = await startStack({ ...OPERATOR, bookingDeadlineMs: 1_500, stepTimeoutMs: 1_000 });
    stack.payment.interfere(onlyPosts(respond(200, '<html>')));
    stack.reservation.interfere((ctx, next) => (ctx.method === 'PUT' ? respond(500, '')(ctx, next) : next()));
    const reply = await stack.book();
    await stack.becomes(pathOf(reply), 'stuck');
    const stuck = await stack.booking(reply);
    // It may be retried at this moment.
    const undo = expect.stringMatching(/^undo reserve (failed|running)$/);
    expect(stepsOf(stuck)).toEqual(['reserve done', 'pay unknown', 'undo pay done', undo]);
    expect((await stack.kept()).slots).toHaveLength(1);
    stack.reservation.interfere(undefined);
    await stack.becomes(pathOf(reply), 'compensated');
    expect(await stack.kept()).toEqual({ slots: [], charges: [] });
  });

  test.each([
    ['confirmed', {}],
    ['failed', { doctor: 'Nobody' }],
    ['compensated', { cardNum: '4000000000000002' }],
  ])('When the booking is %s, Then it is 409', async (status, change) => {
    await using stack = await startStack(OPERATOR);
    const reply = await stack.book({ ...GUIDE_REQUEST, ...change });
    expectProblem(await stack.retry(pathOf(reply)), 409, 'booking_not_stuck');
    await waitUntil('it has ended', async () => (await stack.booking(reply)).status === status);
  });
});
