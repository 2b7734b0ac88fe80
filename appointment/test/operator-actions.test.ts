import { type ApiReply, waitUntil } from '@appointments/chassis/testing';
import { describe, expect, test } from 'vitest';
import { expectProblem, GUIDE_REQUEST, type Stack, startStack } from './appointment-stack.ts';
import { createHold, onlyPosts } from './interferences.ts';

const OPERATOR = { operatorToken: 'of-the-operators' };
const BY_TOKEN = { name: 'Thomas Colins', doctor: 'John Doe', date: '30-09-2019', paymentToken: 'tok_visa' };

const pathOf = (reply: ApiReply) => reply.headers.get('location') as string;
const act = (stack: Stack, path: string, name: string, body?: object) =>
  stack.call('POST', `${path}/${name}`, body, { authorization: `Bearer ${OPERATOR.operatorToken}` });
const retries = (stack: Stack, body: object) => act(stack, '/bookings', 'retries', body);
// biome-ignore lint/suspicious/noExplicitAny: a test reads whatever members it expects.
const movesOf = (booking: any) => booking.history.map(({ move, by, reason }: any) => [move, by, reason]);

/** A booking of which the payment is under way, and held. */
async function startPaying(request: object) {
  const stack = await startStack(OPERATOR);
  const hold = createHold();
  stack.payment.interfere(onlyPosts(hold.before));
  const path = pathOf(await stack.book(request, { prefer: 'respond-async' }));
  await waitUntil('it pays', () => hold.held() >= 1);
  return { stack, hold, path, [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose]() };
}

/** A booking that cannot be undone while payment is down. */
async function startStuck(count = 1) {
  const stack = await startStack(OPERATOR);
  const paths: string[] = [];
  for (let index = 0; index < count; index += 1) {
    paths.push(pathOf(await stack.book({ ...GUIDE_REQUEST, date: `0${index + 1}-09-2031` })));
  }
  await stack.payment.goDown();
  for (const path of paths) await stack.cancel(path);
  for (const path of paths) await stack.becomes(path, 'stuck');
  return { stack, paths, [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose]() };
}

describe('pause and resume', () => {
  test('When a booking by token is paused and resumed, Then it is confirmed, and its history says who and why', async () => {
    await using booking = await startPaying(BY_TOKEN);
    const { stack, path, hold } = booking;
    const paused = await act(stack, path, 'pause', { reason: 'Payment is being moved.' });
    expect([paused.status, paused.json.status]).toEqual([200, 'paused']);
    hold.release();
    stack.payment.interfere((_ctx, next) => next());
    const resumed = await act(stack, path, 'resume');
    expect(resumed.status).toBe(200);
    await stack.becomes(path, 'confirmed');
    const { items } = (await stack.list()).json;
    expect(movesOf(items[0])).toEqual([
      ['pause', 'operator', 'Payment is being moved.'],
      ['resume', 'operator', null],
    ]);
    expect((await stack.kept()).charges).toHaveLength(1);
  });

  test('When a booking by card is paused, Then it is rolled back once it is resumed, for its card is gone', async () => {
    await using booking = await startPaying(GUIDE_REQUEST);
    const { stack, path, hold } = booking;
    await act(stack, path, 'pause');
    hold.release();
    await act(stack, path, 'resume');
    await waitUntil('it has ended', async () =>
      ['confirmed', 'compensated'].includes((await stack.call('GET', path)).json.status),
    );
    const { slots, charges } = await stack.kept();
    expect(slots.length).toBe(charges.length);
  });

  test('When it has ended, or is not paused, Then 409', async () => {
    await using stack = await startStack(OPERATOR);
    const path = pathOf(await stack.book());
    expectProblem(await act(stack, path, 'pause'), 409, 'booking_ended');
    expectProblem(await act(stack, path, 'resume'), 409, 'booking_not_paused');
  });
});

describe('POST /bookings/{id}/resolution', () => {
  test('When the refund was made by hand, Then the booking is cancelled without it', async () => {
    await using booking = await startStuck();
    const { stack, paths } = booking;
    const [path = ''] = paths;
    const calls = stack.payment.requests.length;
    const resolution = { step: 'pay', outcome: 'undone', reason: 'Refunded in the dashboard.' };
    expect((await act(stack, path, 'resolution', resolution)).status).toBe(200);
    await stack.becomes(path, 'cancelled');
    expect(stack.payment.requests.length).toBe(calls);
    const { items } = (await stack.list()).json;
    expect(movesOf(items[0]).at(-1)).toEqual(['resolve', 'operator', 'Refunded in the dashboard.']);
  });

  test('When nothing about the step is open, Then 409', async () => {
    await using stack = await startStack(OPERATOR);
    const path = pathOf(await stack.book());
    for (const step of ['pay', 'nothing']) {
      const resolution = { step, outcome: 'undone', reason: 'By hand.' };
      expectProblem(await act(stack, path, 'resolution', resolution), 409, 'step_not_open');
    }
  });

  test('When the step is still tried, Then 409, and the booking goes on', async () => {
    await using booking = await startPaying(BY_TOKEN);
    const { stack, path, hold } = booking;
    const resolution = { step: 'pay', outcome: 'undone', reason: 'By hand.' };
    expectProblem(await act(stack, path, 'resolution', resolution), 409, 'step_not_open');
    hold.release();
    await stack.becomes(path, 'confirmed');
    expect((await stack.list()).json.items[0].history).toEqual([]);
  });

  test('When a booking is paused, Then its step can be settled, and it goes on with that once it is resumed', async () => {
    await using booking = await startPaying(BY_TOKEN);
    const { stack, path, hold } = booking;
    await act(stack, path, 'pause');
    const result = { payment_status: 'settled', payment_id: 'of-the-gateway' };
    const resolution = { step: 'pay', outcome: 'done', result, reason: 'The gateway shows it as settled.' };
    expect((await act(stack, path, 'resolution', resolution)).json.status).toBe('paused');
    hold.release();
    await act(stack, path, 'resume');
    await stack.becomes(path, 'confirmed');
    expect((await stack.call('GET', path)).json.reply).toMatchObject({ payment_id: 'of-the-gateway' });
  });

  test.each([
    ['/outcome', { step: 'pay', outcome: 'perhaps', reason: 'x' }],
    ['/reason', { step: 'pay', outcome: 'undone' }],
    ['/result', { step: 'pay', outcome: 'done', reason: 'x' }],
    ['/result', { step: 'reserve', outcome: 'done', reason: 'x', result: { appointmentId: '1' } }],
  ])('When %s does not fit, Then 400 names it', async (pointer, body) => {
    await using stack = await startStack(OPERATOR);
    const { status, json } = await act(stack, pathOf(await stack.book()), 'resolution', body);
    expect([status, json.errors[0].pointer]).toEqual([400, pointer]);
  });
});

describe('POST /bookings/retries', () => {
  test('When many are stuck and payment is back, Then one request drives them all', async () => {
    await using booking = await startStuck(3);
    const { stack, paths } = booking;
    await stack.payment.comeBack();
    const reply = await retries(stack, { status: 'stuck', reason: 'Payment is back.' });
    const ids = paths.map((path) => path.replace('/bookings/', ''));
    expect(reply.status).toBe(200);
    // Some may have been retried by the service itself meanwhile.
    for (const { id } of reply.json.items) expect(ids).toContain(id);
    expect(reply.json.more).toBe(false);
    for (const path of paths) await stack.becomes(path, 'cancelled');
  });

  test.each([
    {},
    { ids: [] },
    { status: 'confirmed' },
    { status: 'stuck', ids: ['019a0000-0000-7000-8000-000000000000'] },
  ])('When %j is asked for, Then 400', async (body) => {
    await using stack = await startStack(OPERATOR);
    expect((await retries(stack, body)).status).toBe(400);
  });

  test('When some cannot be retried, Then each says why', async () => {
    await using stack = await startStack(OPERATOR);
    const id = pathOf(await stack.book()).replace('/bookings/', '');
    const unknown = '019a0000-0000-7000-8000-000000000000';
    expect((await retries(stack, { ids: [id, unknown] })).json).toEqual({
      items: [
        { id, code: 'booking_not_stuck' },
        { id: unknown, code: 'booking_not_found' },
      ],
      more: false,
    });
  });
});
