import { send, waitUntil } from '@appointments/chassis/testing';
import { describe, expect, test } from 'vitest';
import { BOOKING_PATH, expectProblem, GUIDE_REQUEST, type Stack, startStack } from './appointment-stack.ts';
import { createHold, onlyPosts, respond } from './interferences.ts';

const KEY = { 'idempotency-key': 'key-1' };

/** Begins a booking and leaves it where the hold stops it. */
async function bookUntilHeld(stack: Stack, hold: ReturnType<typeof createHold>): Promise<string> {
  const reply = await stack.book(GUIDE_REQUEST, { prefer: 'respond-async', 'x-request-id': 'held' });
  await waitUntil('the call is held', () => hold.held() > 0);
  return reply.headers.get('location') as string;
}

const idOf = (path: string) => path.split('/').at(-1) as string;

describe.concurrent.each(['shutdown', 'crash'] as const)('after a %s', (how) => {
  test('When the payment had settled, Then the booking is confirmed with that one charge', async () => {
    await using stack = await startStack();
    const hold = createHold();
    stack.payment.interfere(onlyPosts(hold.after));
    const path = await bookUntilHeld(stack, hold);
    await stack.restart(how);
    await stack.becomes(path, 'confirmed');
    const booking = (await stack.call('GET', path)).json;
    const { payment_id } = await stack.ledgerEntry(path);
    expect(booking.reply).toMatchObject({
      payment_status: 'settled',
      payment_id,
      appointmentId: '1001',
      fee: '1000.00',
    });
    expect(Object.keys(booking.reply)).toHaveLength(8);
    expect(stack.payment.posts()).toHaveLength(1);
    expect(await stack.kept()).toEqual({ slots: [idOf(path)], charges: [idOf(path)] });
    hold.release();
  });

  test('When the payment had not arrived, Then all is undone and the late payment is refused', async () => {
    await using stack = await startStack();
    const hold = createHold();
    stack.payment.interfere(onlyPosts(hold.before));
    const path = await bookUntilHeld(stack, hold);
    await stack.restart(how);
    await stack.becomes(path, 'compensated');
    expect((await stack.ledgerEntry(path)).payment_status).toBe('voided');
    hold.release();
    await waitUntil('the late payment has arrived', () => stack.payment.posts()[0]?.status !== undefined);
    expect(stack.payment.posts().map(({ status }) => status)).toEqual([409]);
    expect(await stack.kept()).toEqual({ slots: [], charges: [] });
    expect((await stack.book()).json.time).toBe('3.00pm');
  });

  test('When the reservation had not arrived, Then the late one is refused and nothing is charged', async () => {
    await using stack = await startStack();
    const hold = createHold();
    stack.reservation.interfere(onlyPosts(hold.before));
    const path = await bookUntilHeld(stack, hold);
    await stack.restart(how);
    await stack.becomes(path, 'compensated');
    hold.release();
    await waitUntil('the late create has arrived', () => stack.reservation.posts()[0]?.status !== undefined);
    expect(stack.reservation.posts().map(({ status }) => status)).toEqual([409]);
    expect(stack.payment.posts()).toEqual([]);
    expect(await stack.kept()).toEqual({ slots: [], charges: [] });
  });

  test('When an undo was under way, Then it is finished', async () => {
    await using stack = await startStack();
    const hold = createHold();
    stack.reservation.interfere((ctx, next) => (ctx.method === 'PUT' ? hold.after(ctx, next) : next()));
    const booking = stack.book({ ...GUIDE_REQUEST, cardNum: '4000000000000002' }).catch(() => undefined);
    await waitUntil('the undo is under way', () => hold.held() > 0);
    stack.reservation.interfere(undefined);
    await stack.restart(how);
    await booking;
    const path = `/bookings/${stack.reservation.posts()[0]?.headers['idempotency-key']}`;
    await stack.becomes(path, 'compensated');
    expect(await stack.kept()).toEqual({ slots: [], charges: [] });
    hold.release();
  });
});

describe.concurrent('while payment cannot say what became of the charge', () => {
  test('When the orchestrator is back, Then the booking gets stuck for all to see, and is confirmed once it can', async () => {
    await using stack = await startStack();
    const hold = createHold();
    stack.payment.interfere(onlyPosts(hold.after));
    const lost = stack.book(GUIDE_REQUEST, KEY).catch(() => undefined);
    await waitUntil('the charge is made', () => hold.held() > 0);
    const path = `/bookings/${stack.payment.posts()[0]?.headers['idempotency-key']}`;
    stack.payment.interfere(respond(503, '{}'));
    await stack.restart('crash');
    await lost;
    await stack.becomes(path, 'stuck');
    expect((await stack.call('GET', path)).json.reply).toBeNull();
    expectProblem(await stack.book(GUIDE_REQUEST, KEY), 409, 'request_in_progress');
    stack.payment.interfere(undefined);
    await stack.becomes(path, 'confirmed');
    expect((await stack.book(GUIDE_REQUEST, KEY)).json).toEqual((await stack.call('GET', path)).json.reply);
    expect(await stack.kept()).toEqual({ slots: [idOf(path)], charges: [idOf(path)] });
    hold.release();
  });
});

describe.concurrent('a client', () => {
  test('When it retries with its key after a restart, Then it gets the reply that the recovery kept', async () => {
    await using stack = await startStack();
    const hold = createHold();
    stack.payment.interfere(onlyPosts(hold.after));
    const lost = stack.book(GUIDE_REQUEST, KEY).catch(() => undefined);
    await waitUntil('the charge is made', () => hold.held() > 0);
    await stack.restart();
    await lost;
    await waitUntil('the booking has its outcome', async () => (await stack.book(GUIDE_REQUEST, KEY)).status !== 409);
    const retry = await stack.book(GUIDE_REQUEST, KEY);
    expect([retry.status, retry.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
    expect(Object.keys(retry.json)).toHaveLength(8);
    const id = idOf(retry.headers.get('location') as string);
    expect(await stack.kept()).toEqual({ slots: [id], charges: [id] });
    hold.release();
  });

  test('When it goes away, Then its booking goes on', async () => {
    await using stack = await startStack();
    const hold = createHold();
    stack.reservation.interfere(onlyPosts(hold.before));
    const leaving = new AbortController();
    const gone = send(stack.url() + BOOKING_PATH, 'POST', GUIDE_REQUEST, KEY, leaving.signal).catch(() => 'gone');
    await waitUntil('the booking is under way', () => hold.held() > 0);
    leaving.abort();
    expect(await gone).toBe('gone');
    hold.release();
    await waitUntil('it has its outcome', async () => (await stack.book(GUIDE_REQUEST, KEY)).status === 200);
    const { slots, charges } = await stack.kept();
    expect([slots.length, charges]).toEqual([1, slots]);
  });
});
