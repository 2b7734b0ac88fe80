import { respondJson, startStubServer } from '@appointments/chassis/testing';
import { expect, test } from 'vitest';
import type { Payment } from '../payment-store.ts';
import { createNotices } from './notices.ts';

const PAYMENT = { reference: 'booking-1', payment_id: 'payment-1', status: 'settled' } as Payment;

/** What becomes of a notice where the caller's address responds with this. */
async function notifying(status: number, body: unknown): Promise<string> {
  await using caller = await startStubServer((_request, response) => respondJson(response, status, body));
  const notices = createNotices({ baseUrl: caller.url });
  const outcome = await notices.notify(PAYMENT, new AbortController().signal).then(
    () => 'arrived',
    ({ code }: { code: string }) => code,
  );
  await notices.close();
  return outcome;
}

test.each([
  { status: 200, body: { payment_status: 'settled' }, outcome: 'arrived' },
  { status: 404, body: { code: 'booking_not_found' }, outcome: 'arrived' },
  // A URL with another path, and what stands in front of the caller.
  { status: 404, body: { code: 'not_found' }, outcome: 'http_404' },
  { status: 404, body: {}, outcome: 'http_404' },
  { status: 404, body: 'no such page', outcome: 'http_404' },
  { status: 401, body: { code: 'unauthorized' }, outcome: 'unauthorized' },
  { status: 500, body: {}, outcome: 'http_500' },
])('When the response to a notice is $status $body, Then it is $outcome', async ({ status, body, outcome }) => {
  expect(await notifying(status, body)).toBe(outcome);
});
