import { waitUntil } from '@appointments/chassis/testing';
import { describe, expect, test } from 'vitest';
import { expectFailure, expectProblem, GUIDE_FAILURE, GUIDE_REQUEST, startStack } from './appointment-stack.ts';
import { createHold, onlyPosts, respond } from './interferences.ts';

const { cardNum, ...REQUEST } = GUIDE_REQUEST;
const TOKEN = 'tok_4f9a1c7e';
const WITH_TOKEN = { ...REQUEST, paymentToken: TOKEN };
const KEY = { 'idempotency-key': 'key-1' };
const idOf = (path: string) => path.split('/').at(-1) as string;

describe.concurrent('a booking with a payment token', () => {
  test('When it is made, Then payment gets the token, and nobody is shown it', async () => {
    await using stack = await startStack({ operatorToken: 'operator-token' });
    const reply = await stack.book(WITH_TOKEN);
    expect([reply.status, reply.json.payment_status]).toEqual([200, 'settled']);
    expect(Object.keys(reply.json)).toHaveLength(8);
    expect(stack.reservation.posts()[0]?.body).toEqual(REQUEST);
    expect(stack.payment.posts()[0]?.body).toEqual({ name: REQUEST.name, amount: '1000.00', paymentToken: TOKEN });
    const booking = await stack.booking(reply);
    expect(booking).toMatchObject({ status: 'confirmed', card: null });
    const { items } = (await stack.list()).json;
    expect(items).toEqual([{ ...booking, history: [] }]);
    expect(JSON.stringify([reply.json, items, stack.lines])).not.toContain(TOKEN);
  });

  test('When the token is declined, Then 402, and the slot is free again', async () => {
    await using stack = await startStack();
    expectFailure(await stack.book({ ...REQUEST, paymentToken: 'tok_chargeDeclined' }), 402, GUIDE_FAILURE);
    expect(await stack.kept()).toEqual({ slots: [], charges: [] });
  });

  test('When it is repeated, Then it gets its reply; with another token or a card instead, 422', async () => {
    await using stack = await startStack();
    const first = await stack.book(WITH_TOKEN, KEY);
    expect((await stack.book(WITH_TOKEN, KEY)).text).toBe(first.text);
    for (const other of [{ ...WITH_TOKEN, paymentToken: 'tok_other' }, GUIDE_REQUEST]) {
      expectProblem(await stack.book(other, KEY), 422, 'idempotency_key_reused', [TOKEN]);
    }
  });

  test.each([
    ['neither', REQUEST, '/cardNum'],
    ['both', { ...WITH_TOKEN, cardNum }, '/paymentToken'],
    ['an empty token', { ...REQUEST, paymentToken: '' }, '/paymentToken'],
    ['a token with a space', { ...REQUEST, paymentToken: 'tok en' }, '/paymentToken'],
    ['a token of 256 characters', { ...REQUEST, paymentToken: 't'.repeat(256) }, '/paymentToken'],
    ['a token that is no text', { ...REQUEST, paymentToken: 1 }, '/paymentToken'],
  ])('When it has %s, Then 400 names the member, and nothing is begun', async (_, body, pointer) => {
    await using stack = await startStack();
    const reply = await stack.book(body);
    expectProblem(reply, 400, 'invalid_input', ['tok en', TOKEN]);
    expect(reply.json.errors.map((error: { pointer: string }) => error.pointer)).toEqual([pointer]);
    expect(stack.reservation.requests).toEqual([]);
  });
});

describe.concurrent.each(['shutdown', 'crash'] as const)('a booking with a payment token, after a %s', (how) => {
  test.each([
    ['reservation', 'before'],
    ['reservation', 'after'],
    ['payment', 'before'],
    ['payment', 'after'],
  ] as const)(
    'When it comes in the middle of the %s, %s its work, Then it is confirmed, with one charge',
    async (peer, when) => {
      await using stack = await startStack();
      const hold = createHold();
      stack[peer].interfere(onlyPosts(hold[when]));
      const reply = await stack.book(WITH_TOKEN, { ...KEY, prefer: 'respond-async' });
      const path = reply.headers.get('location') as string;
      await waitUntil('the call is held', () => hold.held() > 0);
      stack[peer].interfere(undefined);
      await stack.restart(how);
      await stack.becomes(path, 'confirmed');
      hold.release();
      await waitUntil('the held call has ended', () => stack[peer].posts().every(({ status }) => status !== undefined));
      expect(await stack.kept()).toEqual({ slots: [idOf(path)], charges: [idOf(path)] });
      expect((await stack.payment.get('/payment/payments')).items).toHaveLength(1);
    },
  );

  test('When something between the services says no, Then it is undone', async () => {
    await using stack = await startStack();
    const hold = createHold();
    stack.payment.interfere(onlyPosts(hold.before));
    const reply = await stack.book(WITH_TOKEN, { prefer: 'respond-async' });
    await waitUntil('the call is held', () => hold.held() > 0);
    stack.payment.interfere(onlyPosts(respond(400, '{}')));
    await stack.restart(how);
    await stack.becomes(reply.headers.get('location') as string, 'compensated');
    hold.release();
    await waitUntil('the held call has ended', () => stack.payment.posts()[0]?.status !== undefined);
    expect(await stack.kept()).toEqual({ slots: [], charges: [] });
  });
});
