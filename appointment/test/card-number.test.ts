import { type ApiReply, readStored, send } from '@appointments/chassis/testing';
import { describe, expect, test } from 'vitest';
import { BOOKING_PATH, GUIDE_REQUEST, type Stack, startStack } from './appointment-stack.ts';
import { neverRespond, onlyPosts, respond } from './interferences.ts';

const CANARY = '4929123456781234';
const WRITINGS = [CANARY, '4929 1234 5678 1234', '4929-1234-5678-1234'];
// Nobody may keep so much of the number that the rest can be guessed.
const TRACES = [...WRITINGS, CANARY.slice(0, 10), CANARY.slice(5), Buffer.from(CANARY).toString('base64').slice(0, 20)];
const CANARY_REQUEST = { ...GUIDE_REQUEST, cardNum: CANARY };

/** In no byte of a store, log line, header or body. */
async function expectNowhere(stack: Stack, replies: ApiReply[]): Promise<void> {
  const stored = await readStored(stack.folder);
  // Databases with their WAL, or the services' tables.
  expect(stored.length).toBeGreaterThanOrEqual(6);
  expect(stored.join()).toContain(GUIDE_REQUEST.name);
  expect(stack.lines.length).toBeGreaterThan(0);
  const headers = replies.map((reply) => JSON.stringify([...reply.headers]));
  const places = [...stored, ...stack.lines, ...headers, ...replies.map(({ text }) => text)];
  for (const trace of TRACES) expect(places.filter((place) => place.includes(trace))).toEqual([]);
}

describe.concurrent('the card number', () => {
  test('When bookings work, are retried, differ and are cancelled, Then it is nowhere', async () => {
    await using stack = await startStack({ operatorToken: 'of-the-operators' });
    const replies: ApiReply[] = [];
    for (const cardNum of WRITINGS) {
      replies.push(await stack.book({ ...GUIDE_REQUEST, cardNum }, { 'idempotency-key': 'key-1' }));
    }
    replies.push(await stack.book({ ...CANARY_REQUEST, date: '01-10-2019' }, { 'idempotency-key': 'key-1' }));
    replies.push(await stack.book(CANARY_REQUEST, { prefer: 'respond-async' }));
    const path = replies[0]?.headers.get('location') as string;
    replies.push(
      await stack.call('GET', path),
      await stack.list(),
      await stack.cancel(path),
      await stack.call('GET', path),
    );
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 422, 202, 200, 200, 200, 200]);
    expect(replies[5]?.json.card).toBe('•••• 1234');
    expect(stack.payment.posts()[0]?.body).toMatchObject({ cardNum: CANARY });
    expect(JSON.stringify(stack.reservation.requests)).not.toContain(CANARY);
    await expectNowhere(stack, replies);
  });

  test('When the input is bad, Then it is nowhere', async () => {
    await using stack = await startStack();
    const text = JSON.stringify(CANARY_REQUEST);
    const replies = [
      await stack.book(text.slice(0, -1)),
      await stack.book(`${text}x`),
      await stack.book(CANARY),
      await stack.book(text, { 'content-type': 'text/plain' }),
      await stack.book({ ...GUIDE_REQUEST, cardNum: `${CANARY}x` }),
      await stack.book({ ...GUIDE_REQUEST, cardNum: Number(CANARY) }),
      await stack.book({ ...CANARY_REQUEST, date: CANARY }),
      await stack.book({ ...CANARY_REQUEST, [CANARY]: CANARY.repeat(1100) }),
      await stack.book({ ...CANARY_REQUEST, doctor: 'Nobody', [CANARY]: CANARY }),
      await send(`${stack.url()}${BOOKING_PATH}/${CANARY}?card=${CANARY}`, 'POST', CANARY_REQUEST),
      await stack.call('GET', `/bookings/${CANARY}`),
    ];
    expect(replies.map(({ status }) => status)).toEqual([400, 400, 400, 415, 400, 400, 400, 413, 404, 404, 404]);
    await expectNowhere(stack, replies);
  });

  test.each<[string, (stack: Stack) => unknown, number]>([
    ['declines', (stack) => stack.payment.interfere(onlyPosts(respond(402, `{"detail":"${CANARY}"}`))), 402],
    ['is dead', (stack) => stack.payment.goDown(), 503],
    ['never responds', (stack) => stack.payment.interfere(onlyPosts(neverRespond)), 503],
    ['echoes it in an error', (stack) => stack.payment.interfere(respond(500, `{"code":"${CANARY}"}`)), 503],
    [
      'echoes it in a refusal',
      (stack) => stack.payment.interfere(onlyPosts(respond(400, `{"code":"${CANARY}"}`))),
      503,
    ],
    ['echoes it in HTML', (stack) => stack.payment.interfere(onlyPosts(respond(200, `<p>${CANARY}</p>`))), 503],
  ])('When payment %s, Then it is nowhere', async (_what, misbehave, status) => {
    await using stack = await startStack({ bookingDeadlineMs: 4_000 });
    await misbehave(stack);
    const reply = await stack.book(CANARY_REQUEST, { 'idempotency-key': 'key-1' });
    const retry = await stack.book(CANARY_REQUEST, { 'idempotency-key': 'key-1' });
    const booking = await stack.call('GET', reply.headers.get('location') as string);
    expect([reply.status, retry.status, booking.status]).toEqual([status, status, 200]);
    await expectNowhere(stack, [reply, retry, booking]);
  });

  test.each(['shutdown', 'crash'] as const)(
    'When the process ends in mid-charge (%s), Then it is nowhere',
    async (how) => {
      await using stack = await startStack();
      const asked = Promise.withResolvers<void>();
      stack.payment.interfere(
        onlyPosts((ctx) => {
          ctx.respond = false;
          asked.resolve();
        }),
      );
      const pending = stack.book(CANARY_REQUEST).catch(() => undefined);
      await asked.promise;
      await stack.restart(how);
      const reply = await pending;
      await expectNowhere(stack, reply ? [reply] : []);
    },
  );
});
