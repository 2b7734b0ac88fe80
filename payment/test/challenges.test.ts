import { send, waitUntil } from '@appointments/chassis/testing';
import { expect, test } from 'vitest';
import { PAYER, type PaymentServiceOptions, PUBLIC_URL, startPaymentService } from './payment-service.ts';

const APPROVED_CARD = '4000002760003184';
const POOR_CARD = '4000008260003178';

/** The sandbox with a payment that waits for its cardholder. */
async function startWaiting(means: object, options: PaymentServiceOptions = {}) {
  const notices: unknown[] = [];
  const notify = async ({ reference, status }: { reference: string; status: string }) => {
    notices.push([reference, status]);
  };
  const service = await startPaymentService({ notify, ...options });
  const { cardNum: _, ...payer } = PAYER;
  const payment = { ...payer, ...means };
  const first = await service.pay(payment, 'booking-1');
  const page = first.json.next_action.url.replace(PUBLIC_URL, service.url) as string;
  return {
    service,
    notices,
    first,
    page,
    retry: () => service.pay(payment, 'booking-1'),
    statusOf: async () => (await service.find('booking-1')).json.payment_status,
    decide: (decision: string) =>
      fetch(page, { method: 'POST', body: new URLSearchParams({ decision }), redirect: 'manual' }),
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  };
}

test('When the cardholder approves, Then the payment is settled by an event, and who made it is told once', async () => {
  await using payment = await startWaiting({ cardNum: APPROVED_CARD });
  expect([payment.first.status, payment.first.json]).toEqual([
    202,
    {
      payment_status: 'requires_action',
      payment_id: expect.any(String),
      next_action: { type: 'redirect', url: `${PUBLIC_URL}/payment/challenges/${payment.first.json.payment_id}` },
    },
  ]);
  const response = await payment.decide('approved');
  expect([response.status, response.headers.get('location')]).toEqual([303, new URL(payment.page).pathname]);
  expect(await payment.statusOf()).toBe('settled');
  await waitUntil('the notice is sent', () => payment.notices.length > 0);
  expect(payment.notices).toEqual([['booking-1', 'settled']]);
  const retry = await payment.retry();
  expect([retry.status, retry.json]).toEqual([
    200,
    { payment_status: 'settled', payment_id: payment.first.json.payment_id },
  ]);
  expect((await payment.retry()).headers.get('idempotent-replayed')).toBe('true');
});

test.each([
  ['declines', { cardNum: APPROVED_CARD }, 'declined', 'authentication_failed'],
  ['approves a card without funds', { cardNum: POOR_CARD }, 'approved', 'insufficient_funds'],
  ['declines a token', { paymentToken: 'tok_threeDSecure2Required' }, 'declined', 'authentication_failed'],
])('When the cardholder %s, Then the payment is declined', async (_, means, decision, declineCode) => {
  await using payment = await startWaiting(means);
  await payment.decide(decision);
  expect(await payment.statusOf()).toBe('declined');
  await waitUntil('the notice is sent', () => payment.notices.length > 0);
  const retry = await payment.retry();
  expect([retry.status, retry.json.code, retry.json.declineCode]).toEqual([402, 'card_declined', declineCode]);
});

test('When nobody decides in time, Then the payment is voided, and a late approval changes nothing', async () => {
  await using payment = await startWaiting({ cardNum: APPROVED_CARD }, { actionTimeoutMs: 200 });
  await waitUntil('the notice is sent', () => payment.notices.length > 0);
  expect(payment.notices).toEqual([['booking-1', 'voided']]);
  expect(await payment.statusOf()).toBe('voided');
  expect((await payment.decide('approved')).status).toBe(303);
  expect(await payment.statusOf()).toBe('voided');
  expect(await (await fetch(payment.page)).text()).toContain('This payment is over');
  expect((await payment.retry()).json.code).toBe('voided');
});

test('When it is refunded while it waits, Then it is voided, and the cardholder is told that it is over', async () => {
  await using payment = await startWaiting({ cardNum: APPROVED_CARD });
  expect((await payment.service.refund('booking-1')).json.payment_status).toBe('voided');
  await payment.decide('approved');
  expect(await payment.statusOf()).toBe('voided');
});

test('When two decisions come at once, Then the first one counts and the payment follows it', async () => {
  await using payment = await startWaiting({ cardNum: APPROVED_CARD });
  await Promise.all([payment.decide('approved'), payment.decide('declined'), payment.decide('approved')]);
  const isApproved = (await (await fetch(payment.page)).text()).includes('Payment approved');
  expect(await payment.statusOf()).toBe(isApproved ? 'settled' : 'declined');
  await waitUntil('the notice is sent', () => payment.notices.length > 0);
  expect(payment.notices).toHaveLength(1);
});

test('When the notice does not arrive, Then it is sent again until it does', async () => {
  let fails = 2;
  const sent: string[] = [];
  const notify = async ({ status }: { status: string }) => {
    sent.push(status);
    if (fails-- > 0) throw new Error('not there');
  };
  await using payment = await startWaiting({ cardNum: APPROVED_CARD }, { notify });
  await payment.decide('approved');
  await waitUntil('it has arrived', () => sent.length === 3);
  const { text } = await send(`${payment.service.url}/metrics`, 'GET');
  expect(text).toMatch(/^payments_notices_unsent 0$/m);
});

test('When the payment is looked at, Then the page needs no token, has its style, and nothing else may run', async () => {
  await using payment = await startWaiting({ cardNum: APPROVED_CARD }, {});
  const response = await fetch(payment.page);
  const text = await response.text();
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
  const policy = response.headers.get('content-security-policy');
  expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'; frame-ancestors 'none'/);
  const style = /<style>([\s\S]*)<\/style>/.exec(text)?.[1] ?? '';
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(style));
  expect(policy).toContain(`'sha256-${Buffer.from(digest).toString('base64')}'`);
  expect(text).toContain('1000.00');
  expect(text).toContain('•••• 3184');
  expect(text).not.toContain('<script');
});

test('When the decision is none, Then the form is refused by name and nothing is decided', async () => {
  await using payment = await startWaiting({ cardNum: APPROVED_CARD });
  const response = await payment.decide('perhaps');
  expect([response.status, await response.json()]).toMatchObject([400, { errors: [{ pointer: '/decision' }] }]);
  expect(await payment.statusOf()).toBe('requires_action');
});

test('When no payment has the id, Then the page says so', async () => {
  await using service = await startPaymentService();
  const response = await fetch(`${service.url}/payment/challenges/0190c2f0-0000-4000-8000-000000000000`);
  expect([response.status, await response.text()]).toEqual([404, expect.stringContaining('not known')]);
});

test('When the service asks for its token, Then the page is open and all else is not', async () => {
  await using service = await startPaymentService({ serviceToken: 'a-token-of-some-length' });
  const pay = (headers: Record<string, string>) =>
    service.pay({ ...PAYER, cardNum: APPROVED_CARD }, 'booking-1', headers);
  expect((await pay({})).status).toBe(401);
  const { json } = await pay({ authorization: 'Bearer a-token-of-some-length' });
  const page = json.next_action.url.replace(PUBLIC_URL, service.url);
  expect((await fetch(page)).status).toBe(200);
  await fetch(page, { method: 'POST', body: new URLSearchParams({ decision: 'approved' }) });
  const found = await send(`${service.url}/payment/payments/booking-1`, 'GET', undefined, {
    authorization: 'Bearer a-token-of-some-length',
  });
  expect(found.json.payment_status).toBe('settled');
});

test('When a payment without a key waits, Then it is settled all the same once it is approved', async () => {
  await using service = await startPaymentService();
  const { status, json } = await service.pay({ ...PAYER, cardNum: APPROVED_CARD });
  expect(status).toBe(202);
  const page = json.next_action.url.replace(PUBLIC_URL, service.url);
  await fetch(page, { method: 'POST', body: new URLSearchParams({ decision: 'approved' }) });
  expect((await service.list()).json.items).toMatchObject([{ payment_status: 'settled', payment_id: json.payment_id }]);
});
