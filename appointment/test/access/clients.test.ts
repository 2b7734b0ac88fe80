import { waitUntil } from '@appointments/chassis/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WebhookEndpoint } from '../../src/webhooks/endpoints.ts';
import { BOOKING_PATH, expectProblem, GUIDE_REQUEST } from '../appointment-stack.ts';
import { createVisitor } from '../console/operator.ts';
import { as, entryOf, type Holder, idOf, OPERATOR_TOKEN, startGuardedStack, TOKENS } from './access-stack.ts';

const SECRET = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
const NOBODY: WebhookEndpoint = { url: 'http://127.0.0.1:1/', secret: SECRET, events: ['booking.confirmed'] };
const OPERATOR = { authorization: `Bearer ${OPERATOR_TOKEN}` };

let stack: Awaited<ReturnType<typeof startGuardedStack>>;
let day = 0;
beforeAll(async () => {
  // Nobody listens there: deliveries that are tried again and again.
  stack = await startGuardedStack({ endpoints: [NOBODY] });
});
afterAll(() => stack[Symbol.asyncDispose]());

/** Books on a day of its own; returns the reply and the booking's path. */
async function bookAs(holder: Holder, key?: string, date = `01-01-${2030 + day++}`) {
  const headers = { ...as(holder), ...(key && { 'idempotency-key': key }) };
  const reply = await stack.call('POST', BOOKING_PATH, { ...GUIDE_REQUEST, date }, headers);
  return { reply, path: reply.headers.get('location') as string, date };
}

const bookingAs = async (headers: Record<string, string>, path: string) =>
  (await stack.call('GET', path, undefined, headers)).json;

describe('Idempotency keys', () => {
  test('When two clients send the same key, Then each has a booking of its own, and gets its own again', async () => {
    const [mine, theirs] = [await bookAs('client', 'order-1'), await bookAs('other client', 'order-1')];
    const again = await bookAs('client', 'order-1', mine.date);

    expect([mine.reply.status, theirs.reply.status]).toEqual([200, 200]);
    expect(theirs.path).not.toBe(mine.path);
    expect(theirs.reply.headers.has('idempotent-replayed')).toBe(false);
    expect([again.reply.text, again.path]).toEqual([mine.reply.text, mine.path]);
    expect(again.reply.headers.get('idempotent-replayed')).toBe('true');
  });

  test('When a client sends its key with another request, Then 422, as ever', async () => {
    await bookAs('client', 'order-2');
    expectProblem((await bookAs('client', 'order-2')).reply, 422, 'idempotency_key_reused');
  });
});

describe('Cancellations', () => {
  test('When a client cancels its booking and says why, Then operators see who did what, when and why', async () => {
    const { path } = await bookAs('client');

    const reply = await stack.cancelAs('client', path, 'We moved.');

    expect([reply.status, reply.json.status]).toEqual([200, 'cancelled']);
    const { history } = await bookingAs(OPERATOR, path);
    expect(history).toEqual([{ move: 'cancel', by: idOf('client'), at: expect.any(String), reason: 'We moved.' }]);
    expect(await bookingAs(as('operator'), path)).toMatchObject({ history });
    for (const holder of ['client', 'viewer'] as const) {
      expect(await bookingAs(as(holder), path)).not.toHaveProperty('history');
    }
  });

  test('When nobody says why, Then the reason is null; the operator of OPERATOR_TOKEN is named operator', async () => {
    const { path } = await bookAs('client');

    await stack.call('PUT', `${path}/cancellation`, undefined, OPERATOR);

    expect((await bookingAs(OPERATOR, path)).history).toMatchObject([{ by: 'operator', reason: null }]);
  });

  test('When another client or a viewer cancels, Then nothing happens to the booking', async () => {
    const { path } = await bookAs('client');

    expectProblem(await stack.cancelAs('other client', path, 'canary'), 404, 'booking_not_found', ['canary']);
    expectProblem(await stack.cancelAs('viewer', path), 403, 'forbidden');

    expect(await bookingAs(OPERATOR, path)).toMatchObject({ status: 'confirmed', history: [] });
  });

  test.each([{ reason: '' }, { reason: 'x'.repeat(501) }, { reason: 7 }, { reason: 'card 4242424242424242' }])(
    'When the body is %j, Then 400 and nothing is cancelled',
    async (body) => {
      const { path } = await bookAs('client');

      const reply = await stack.call('PUT', `${path}/cancellation`, body, as('client'));

      expectProblem(reply, 400, 'invalid_input', ['4242424242424242']);
      expect(reply.json.errors).toMatchObject([{ pointer: '/reason' }]);
      expect((await bookingAs(OPERATOR, path)).status).toBe('confirmed');
    },
  );
});

describe('The list of bookings', () => {
  test('When a viewer lists, Then all bookings are there, without their history', async () => {
    const { path } = await bookAs('client');

    const { json } = await stack.call('GET', '/bookings', undefined, as('viewer'));

    expect(json.items[0].id).toBe(path.replace('/bookings/', ''));
    expect(json.items[0]).not.toHaveProperty('history');
  });
});

describe('The console', () => {
  const visit = async (token: string) => {
    const visitor = createVisitor(stack.url);
    return { visitor, signedIn: await visitor.signIn(token) };
  };

  test('When operators and viewers sign in, Then both see a booking, and only an operator has buttons', async () => {
    const { path } = await bookAs('client');
    const pages = [TOKENS.operator, TOKENS.viewer].map(async (token) => {
      const { visitor } = await visit(token);
      return (await visitor.get(`/console${path}`)).text;
    });

    const [operators, viewers] = await Promise.all(pages);

    expect(operators).toContain('Refund and release');
    expect(operators).toContain('Send again');
    expect(viewers).toContain('Thomas Colins');
    expect(viewers).toContain('Webhook deliveries');
    expect(viewers?.match(/<form [^>]*>/g)).toEqual([expect.stringContaining('/console/sign-out')]);
  });

  test('When a viewer sends the form all the same, Then 403, and an operator’s has the operator’s name', async () => {
    const { path } = await bookAs('client');
    const [viewer, operator] = [(await visit(TOKENS.viewer)).visitor, (await visit(TOKENS.operator)).visitor];
    const send = async (who: typeof viewer) => who.post(`/console${path}/cancellation`, { csrf: await who.csrf() });

    expect((await send(viewer)).status).toBe(403);
    expect((await bookingAs(OPERATOR, path)).history).toEqual([]);
    expect((await send(operator)).status).toBe(303);
    expect((await bookingAs(OPERATOR, path)).history).toMatchObject([{ by: idOf('operator') }]);
  });

  test.each(['client', 'expired', 'wrong'] as const)(
    'When the token is one of %s, Then nobody is signed in',
    async (holder) => {
      const { signedIn } = await visit(TOKENS[holder]);
      expect([signedIn.status, signedIn.headers.get('set-cookie')]).toEqual([401, null]);
    },
  );
});

test('When a client’s token is changed, Then both are the same client for that long, then the new one alone', async () => {
  await using own = await startGuardedStack();
  const renewed = { ...entryOf('wrong'), id: idOf('client'), role: entryOf('client').role };
  const booked = await own.book({ ...GUIDE_REQUEST, date: '01-03-2031' }, { ...as('client'), 'idempotency-key': 'k' });
  const path = booked.headers.get('location') as string;
  const statusFor = async (holder: Holder) => (await own.call('GET', path, undefined, as(holder))).status;

  own.write([entryOf('client'), renewed]);
  await waitUntil('the file is read', async () => (await statusFor('wrong')) === 200);
  expect(await statusFor('client')).toBe(200);
  const again = await own.book({ ...GUIDE_REQUEST, date: '01-03-2031' }, { ...as('wrong'), 'idempotency-key': 'k' });
  expect([again.text, again.headers.get('idempotent-replayed')]).toEqual([booked.text, 'true']);

  own.write([renewed]);
  await waitUntil('the file is read', async () => (await statusFor('client')) === 401);
  expect(await statusFor('wrong')).toBe(200);
});

test('When the access file changes, Then who was taken out gets 401, also where signed in', async () => {
  await using own = await startGuardedStack();
  const operator = createVisitor(own.url);
  await operator.signIn(TOKENS.operator);
  const statusOf = async (holder: Holder) => (await own.call('GET', '/bookings', undefined, as(holder))).status;
  expect([await statusOf('operator'), (await operator.get('/console')).status]).toEqual([200, 200]);

  own.write([entryOf('viewer')]);

  await waitUntil('the file is read', async () => (await statusOf('operator')) === 401);
  expect([await statusOf('viewer'), (await operator.get('/console')).status]).toEqual([200, 303]);
});
