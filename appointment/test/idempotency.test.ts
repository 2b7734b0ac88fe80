import { type ApiReply, waitUntil } from '@appointments/chassis/testing';
import { describe, expect, test } from 'vitest';
import { expectProblem, GUIDE_REQUEST, startStack } from './appointment-stack.ts';
import { createHold, respond } from './interferences.ts';

const KEY = { 'idempotency-key': 'key-1' };

/** The same bytes, status and `Location`, marked as sent before; to repeat it once more is no use. */
function expectReplay(replay: ApiReply, first: ApiReply): void {
  expect([replay.status, replay.text]).toEqual([first.status, first.text]);
  for (const header of ['content-type', 'location', 'preference-applied']) {
    expect(replay.headers.get(header)).toBe(first.headers.get(header));
  }
  expect(replay.headers.get('retry-after')).toBeNull();
  expect(first.headers.get('idempotent-replayed')).toBeNull();
  expect(replay.headers.get('idempotent-replayed')).toBe('true');
}

describe.concurrent('a retry with the same key', () => {
  test('When the booking worked, Then the first reply comes again and nothing is booked', async () => {
    await using stack = await startStack();
    const first = await stack.book(GUIDE_REQUEST, KEY);
    expect(first.status).toBe(200);
    expectReplay(await stack.book(GUIDE_REQUEST, KEY), first);
    expectReplay(await stack.book(GUIDE_REQUEST, { 'idempotency-key': '"key-1"' }), first);
    expectReplay(await stack.call('POST', '/doctorAppointment/reservation', GUIDE_REQUEST, KEY), first);
    expectReplay(
      await stack.book({ ...GUIDE_REQUEST, name: ' Thomas Colins ', cardNum: '123-4567', more: 1 }, KEY),
      first,
    );
    await stack.restart();
    expectReplay(await stack.book(GUIDE_REQUEST, KEY), first);
    expect([stack.reservation.requests.length, stack.payment.requests.length]).toEqual([1, 1]);
  });

  test.each([
    ['the doctor is unknown', { doctor: 'Nobody' }, 404],
    ['the card is declined', { cardNum: '4000000000000002' }, 402],
  ])('When %s, Then the failure comes again', async (_what, change, status) => {
    await using stack = await startStack();
    const first = await stack.book({ ...GUIDE_REQUEST, ...change }, KEY);
    expect(first.status).toBe(status);
    const calls = stack.reservation.requests.length;
    expectReplay(await stack.book({ ...GUIDE_REQUEST, ...change }, KEY), first);
    expect(stack.reservation.requests.length).toBe(calls);
  });

  test('When a service could not be reached, Then the 503 comes again, and another key books', async () => {
    await using stack = await startStack();
    await stack.payment.goDown();
    const first = await stack.book(GUIDE_REQUEST, KEY);
    expect([first.status, first.headers.get('retry-after')]).toEqual([503, '2']);
    await stack.payment.comeBack();
    expectReplay(await stack.book(GUIDE_REQUEST, KEY), first);
    await waitUntil('another key books', async () => (await stack.book()).status === 200);
    await stack.keeps(1);
  });

  test('When the money was given back in the meantime, Then the first reply comes again all the same', async () => {
    await using stack = await startStack({ operatorToken: 'of-the-operators' });
    const first = await stack.book(GUIDE_REQUEST, KEY);
    expect((await stack.cancel(first.headers.get('location') as string)).status).toBe(200);
    expectReplay(await stack.book(GUIDE_REQUEST, KEY), first);
  });

  test.each([
    ['name', { name: 'Thomas Collins' }],
    ['doctor', { doctor: 'Amina Rahman' }],
    ['date', { date: '01-10-2019' }],
    ['card', { cardNum: '4242424242424242' }],
  ])('When the %s is another one, Then it is 422 and nothing is booked', async (_what, change) => {
    await using stack = await startStack();
    await stack.book(GUIDE_REQUEST, KEY);
    const reply = await stack.book({ ...GUIDE_REQUEST, ...change }, KEY);
    expectProblem(reply, 422, 'idempotency_key_reused', Object.values(change));
    expect(reply.headers.get('location')).toBeNull();
    expect(stack.reservation.requests).toHaveLength(1);
  });

  test('When only the digits before the last four differ, Then it counts as the same request', async () => {
    await using stack = await startStack();
    const first = await stack.book({ ...GUIDE_REQUEST, cardNum: '4242424242424242' }, KEY);
    expectReplay(await stack.book({ ...GUIDE_REQUEST, cardNum: '5555555555554242' }, KEY), first);
  });

  test('When the first is still running, Then it is 409, and 422 for another request', async () => {
    await using stack = await startStack();
    const hold = createHold();
    stack.payment.interfere(hold.before);
    const running = stack.book(GUIDE_REQUEST, KEY);
    await waitUntil('the first is under way', () => hold.held() === 1);
    const retry = await stack.book(GUIDE_REQUEST, KEY);
    expectProblem(retry, 409, 'request_in_progress');
    expectProblem(await stack.book({ ...GUIDE_REQUEST, name: 'Ana' }, KEY), 422, 'idempotency_key_reused');
    hold.release();
    const first = await running;
    expect(first.status).toBe(200);
    expectReplay(await stack.book(GUIDE_REQUEST, KEY), first);
  });

  test('When fifty come at once, Then there is one booking and one charge', async () => {
    await using stack = await startStack();
    const replies = await Promise.all(Array.from({ length: 50 }, () => stack.book(GUIDE_REQUEST, KEY)));
    const confirmed = replies.filter(({ status }) => status === 200);
    expect(new Set(confirmed.map(({ text }) => text)).size).toBe(1);
    for (const reply of replies.filter(({ status }) => status !== 200))
      expectProblem(reply, 409, 'request_in_progress');
    expect((await stack.book(GUIDE_REQUEST, KEY)).text).toBe(confirmed[0]?.text);
    const { slots, charges } = await stack.kept();
    expect([slots.length, charges]).toEqual([1, slots]);
    expect([stack.reservation.requests.length, stack.payment.requests.length]).toEqual([1, 1]);
  });

  test('When the request does not fit or there is no room, Then the key is not taken', async () => {
    await using stack = await startStack({ maxInFlight: 1 });
    expect((await stack.book({ ...GUIDE_REQUEST, date: '31-04-2026' }, KEY)).status).toBe(400);
    const hold = createHold();
    stack.reservation.interfere(hold.before);
    const other = stack.book();
    await waitUntil('the other is under way', () => hold.held() === 1);
    expectProblem(await stack.book({ ...GUIDE_REQUEST, name: 'Ana' }, KEY), 503, 'overloaded');
    hold.release();
    await other;
    const first = await stack.book(GUIDE_REQUEST, KEY);
    expect([first.status, first.headers.get('idempotent-replayed')]).toEqual([200, null]);
  });
});

describe.concurrent('Prefer: respond-async', () => {
  const ASYNC = { prefer: 'respond-async' };

  test.each(['respond-async', 'Respond-Async, wait=10', 'return=minimal, respond-async;x=1'])(
    'When a client prefers "%s", Then it is 202 at once with the booking, and the work goes on',
    async (prefer) => {
      await using stack = await startStack();
      const hold = createHold();
      stack.payment.interfere(hold.before);
      const reply = await stack.book(GUIDE_REQUEST, { prefer });
      expect([reply.status, reply.headers.get('preference-applied')]).toEqual([202, 'respond-async']);
      const path = reply.headers.get('location') as string;
      expect(reply.json).toMatchObject({
        id: path.split('/').at(-1),
        status: 'pending',
        reply: null,
        card: '•••• 4567',
      });
      expect(Object.keys(reply.json)).toEqual(Object.keys((await stack.call('GET', path)).json));
      hold.release();
      await stack.becomes(path, 'confirmed');
      expect((await stack.booking(reply)).reply).toMatchObject({ appointmentId: '1001', payment_status: 'settled' });
    },
  );

  test('When it is retried, before and after the end, Then the first 202 comes again', async () => {
    await using stack = await startStack();
    const hold = createHold();
    stack.payment.interfere(hold.before);
    const first = await stack.book(GUIDE_REQUEST, { ...KEY, ...ASYNC });
    expectReplay(await stack.book(GUIDE_REQUEST, { ...KEY, ...ASYNC }), first);
    hold.release();
    await stack.becomes(first.headers.get('location') as string, 'confirmed');
    expectReplay(await stack.book(GUIDE_REQUEST, { ...KEY, ...ASYNC }), first);
    expectReplay(await stack.book(GUIDE_REQUEST, KEY), first);
    expect((await stack.kept()).slots).toHaveLength(1);
  });

  test('When the booking fails later, Then the booking says so', async () => {
    await using stack = await startStack();
    stack.reservation.interfere(respond(404, '{"code":"doctor_not_found"}'));
    const reply = await stack.book(GUIDE_REQUEST, ASYNC);
    await stack.becomes(reply.headers.get('location') as string, 'failed');
    expect((await stack.booking(reply)).reply).toMatchObject({ appointment_status: 'failure', doctor: 'John Doe' });
  });

  test.each(['respond-asynchronously', 'wait=10', 'x=respond-async-not'])(
    'When it is "%s", Then it is 200',
    async (prefer) => {
      await using stack = await startStack();
      const reply = await stack.book(GUIDE_REQUEST, { prefer });
      expect([reply.status, reply.headers.get('preference-applied')]).toEqual([200, null]);
    },
  );
});
