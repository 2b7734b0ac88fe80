import { expect, test } from 'vitest';
import { GUIDE_REQUEST } from '../appointment-stack.ts';
import { createHold, respond } from '../interferences.ts';
import { startWithOperator } from './operator.ts';

const PREFER = { prefer: 'respond-async' };

test('When the client was answered 202, Then the page says so, before there is an outcome and after', async () => {
  await using running = await startWithOperator();
  const { stack, operator } = running;
  const hold = createHold();
  stack.payment.interfere(hold.before);

  const reply = await stack.book(GUIDE_REQUEST, PREFER);
  const path = reply.headers.get('location') as string;
  expect(reply.status).toBe(202);
  const pending = (await operator.get(`/console${path}`)).text;
  hold.release();
  await stack.becomes(path, 'confirmed');
  const confirmed = (await operator.get(`/console${path}`)).text;

  expect(pending).toContain('The client was answered HTTP 202 at first. The outcome is not known yet.');
  expect(confirmed).toContain('The client was answered HTTP 202 at first. This is what it gets when it asks again');
  expect(confirmed).toContain('HTTP 200');
  const waited = (await stack.book({ ...GUIDE_REQUEST, date: '02-02-2031' })).headers.get('location');
  expect((await operator.get(`/console${waited}`)).text).not.toContain('HTTP 202');
});

test('When the cardholder has to confirm, Then the page says that the client was answered 202', async () => {
  await using running = await startWithOperator();
  const reply = await running.stack.book({ ...GUIDE_REQUEST, cardNum: '4000002760003184' });
  expect(reply.status).toBe(202);
  const { text } = await running.operator.get(`/console${reply.headers.get('location')}`);
  expect(text).toContain('The client was answered HTTP 202 at first.');
  expect(text).toContain('The cardholder has to confirm the payment since');
});

test('When attempts fail while a booking is pending, Then its page and its row say so', async () => {
  await using running = await startWithOperator({ bookingDeadlineMs: 60_000, stepTimeoutMs: 30_000 });
  const { stack, operator } = running;
  const hold = createHold();
  let failures = 0;
  stack.payment.interfere((ctx, next) => {
    failures += 1;
    return failures > 4 ? hold.before(ctx, next) : respond(500, '{}')(ctx, next);
  });
  const reply = await stack.book(GUIDE_REQUEST, PREFER);
  const path = reply.headers.get('location') as string;

  await expect.poll(async () => (await operator.get(`/console${path}`)).text, { timeout: 20_000 }).toMatch(/Attempt 3/);

  const { text } = await operator.get(`/console${path}`);
  expect((await stack.call('GET', path)).json.status).toBe('pending');
  expect(text).toMatch(/Payment failing: payment responded with an error \(HTTP 500\), \d+ tries since/);
  expect((await operator.get('/console')).text).toContain('Payment failing: payment responded with an error');
  hold.release();
  await stack.becomes(path, 'confirmed');
}, 40_000);
