import { expect, test } from 'vitest';
import { respond } from '../interferences.ts';
import { createVisitor, startWithOperator } from './operator.ts';

async function startWithBooking() {
  const running = await startWithOperator();
  const reply = await running.stack.book();
  const path = reply.headers.get('location') as string;
  return { ...running, reply, path, page: `/console${path}`, csrf: await running.operator.csrf(`/console${path}`) };
}

test('When a confirmed booking is cancelled, Then the fee is refunded and the slot is free', async () => {
  await using running = await startWithBooking();
  const { stack, operator, page, path, csrf } = running;

  const sent = await operator.post(`${page}/cancellation`, { csrf });

  expect([sent.status, sent.location]).toEqual([303, page]);
  await stack.becomes(path, 'cancelled');
  expect(await stack.kept()).toEqual({ slots: [], charges: [] });
  const { text } = await operator.get(page);
  expect(text).toContain('Cancelled by an operator');
  expect(text).not.toContain('Refund and release');
});

test('When a reason is given, Then it is kept with who moved the booking, and one that does not fit is refused', async () => {
  await using running = await startWithBooking();
  const { stack, operator, page, path, csrf } = running;
  expect((await operator.get(page)).text).toContain('name="reason" maxlength="500"');
  const refused = await operator.post(`${page}/cancellation`, { csrf, reason: 'x'.repeat(501) });
  expect(refused.status).toBe(400);

  await operator.post(`${page}/cancellation`, { csrf, reason: '  The doctor is ill.  ' });

  await stack.becomes(path, 'cancelled');
  const { items } = (await stack.list()).json;
  expect(items[0].history).toMatchObject([{ move: 'cancel', by: 'operator', reason: 'The doctor is ill.' }]);
  expect((await operator.get(page)).text).toContain('The doctor is ill.');
});

test('When some are stuck, Then one button retries them all, and a booking that is paused can be resumed', async () => {
  await using running = await startWithBooking();
  const { stack, operator, page, path, csrf } = running;
  await stack.payment.goDown();
  await operator.post(`${page}/cancellation`, { csrf });
  await stack.becomes(path, 'stuck');
  expect((await operator.get('/console?status=stuck')).text).toContain('Retry all that are stuck');
  await operator.post(`${page}/pause`, { csrf });
  await stack.becomes(path, 'paused');
  expect((await operator.get(page)).text).toContain('Resume');
  await operator.post(`${page}/resume`, { csrf });
  await stack.payment.comeBack();

  const sent = await operator.post('/console/retries', { csrf });

  expect([sent.status, sent.location]).toEqual([303, '/console?status=stuck']);
  await stack.becomes(path, 'cancelled');
});

test('When the form holds no token, or that of another session, or comes from elsewhere, Then 403 and it stays', async () => {
  await using running = await startWithBooking();
  const { stack, operator, page, path, csrf } = running;
  const other = createVisitor(stack.url);
  await other.signIn();

  const responses = [
    await operator.post(`${page}/cancellation`, {}),
    await operator.post(`${page}/cancellation`, { csrf: await other.csrf() }),
    await operator.post(`${page}/cancellation`, { csrf }, { origin: 'https://evil.example' }),
    await operator.post(`${page}/cancellation`, { csrf }, { 'sec-fetch-site': 'cross-site' }),
    await operator.post('/console/sign-out', {}),
  ];

  expect(responses.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403]);
  expect((await stack.call('GET', path)).json.status).toBe('confirmed');
});

test('When nobody is signed in, Then forms lead to the sign-in and change nothing', async () => {
  await using running = await startWithBooking();
  const { stack, page, path, csrf } = running;

  const sent = await createVisitor(stack.url).post(`${page}/cancellation`, { csrf });

  expect([sent.status, sent.location]).toEqual([303, `/console/sign-in?to=${encodeURIComponent(page)}`]);
  expect((await stack.call('GET', path)).json.status).toBe('confirmed');
});

test('When the form is too large or no form, Then 413 or 415', async () => {
  await using running = await startWithBooking();
  const { operator, page } = running;
  for (const length of [5_000, 300_000, 5_000]) {
    expect((await operator.post(`${page}/cancellation`, { csrf: 'x'.repeat(length) })).status).toBe(413);
  }
  const json = await operator.post(`${page}/cancellation`, {}, { 'content-type': 'application/json' });
  expect(json.status).toBe(415);
});

test('When a booking is not in a state for it, Then 409 and a page that says why', async () => {
  await using running = await startWithBooking();
  const { operator, page, csrf } = running;

  const retried = await operator.post(`${page}/retry`, { csrf });

  expect(retried.status).toBe(409);
  expect(retried.text).toContain('Only a stuck booking can be retried.');
});

test('When a stuck booking is retried with its peer well again, Then it is undone, and its page showed the attempts', async () => {
  await using running = await startWithOperator();
  const { stack, operator } = running;
  stack.payment.interfere(respond(500, '{}'));
  const reply = await stack.book();
  const path = reply.headers.get('location') as string;
  await stack.becomes(path, 'stuck');
  const stuck = await operator.get(`/console${path}`);
  expect(stuck.text).toContain('the service responded with an error (HTTP 500)');
  expect(stuck.text).toMatch(/Attempt 2/);
  expect((await operator.get('/console')).text).toContain('1 booking is stuck');

  stack.payment.interfere(undefined);
  const csrf = await operator.csrf(`/console${path}`);
  const sent = await operator.post(`/console${path}/retry`, { csrf });

  // A worker may have claimed it again in the meantime.
  expect([303, 409]).toContain(sent.status);
  await stack.becomes(path, 'compensated');
}, 40_000);
