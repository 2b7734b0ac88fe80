import { waitUntil } from '@appointments/chassis/testing';
import { expect, test } from 'vitest';
import { book, bookOrThrow } from '../src/faults/booking-client.ts';
import { createClientLedger } from '../src/faults/client-ledger.ts';
import { bookingFor } from '../src/faults/sample-bookings.ts';
import { expectRecovered } from '../src/faults/verdict.ts';
import { expectGatewayAgrees } from '../src/replicas/gateway-books.ts';
import { bookingAt, castOf, firstBooking, hasEnded, isPaying, LEASE_LOST } from '../src/replicas/replica-bookings.ts';
import { startReplicaStack } from '../src/replicas/replica-stack.ts';

const KEY = { key: 'the-one' };
const TAKEOVER_DEADLINE_MS = 15_000;

test('When the owner of a booking sleeps past its lease and payment is away, Then its client learns where to look', async () => {
  const env = { MAX_IN_FLIGHT: '1', STEP_TIMEOUT_MS: '500' };
  await using stack = await startReplicaStack({ orchestrators: 2, env });
  const { owner, other } = castOf(stack);
  const clients = createClientLedger();
  for (const payment of stack.payments) payment.pause();
  const pending = book(owner.url, bookingFor(1), KEY);
  const path = await firstBooking(stack);
  await waitUntil('it pays', async () => isPaying(await bookingAt(other.url, path)));
  owner.pause();
  const attempts = async () => (await bookingAt(other.url, path)).steps.at(-1)?.attempts ?? 0;
  const before = await attempts();
  await waitUntil(
    'the other replica asks payment in vain',
    async () => (await attempts()) > before,
    TAKEOVER_DEADLINE_MS,
  );
  owner.resume();

  const reply = clients.note(await pending);

  expect([reply?.status, reply?.json.code]).toEqual([503, 'outcome_unknown']);
  expect(reply?.headers.get('location')).toBe(path);
  expect(reply?.headers.get('retry-after')).toMatch(/^\d+$/);
  await waitUntil('the owner has noticed', () => owner.log().includes(LEASE_LOST));
  for (const { url } of [owner, other]) {
    const retry = await bookOrThrow(url, bookingFor(1), KEY);
    expect([retry.status, retry.json.code]).toEqual([409, 'request_in_progress']);
  }

  for (const payment of stack.payments) payment.resume();
  // Its one permit is free; the circuit of payment may still be open.
  await waitUntil('the owner books again', async () => {
    const next = clients.note(await book(owner.url, bookingFor(2)));
    expect(next?.json.code).not.toBe('overloaded');
    return next?.status === 200;
  });
  await waitUntil('the booking has ended', async () => hasEnded(await bookingAt(owner.url, path)));
  const { status } = await bookingAt(owner.url, path);
  const replies = await Promise.all([owner, other].map(({ url }) => bookOrThrow(url, bookingFor(1), KEY)));
  for (const retry of replies) {
    clients.note(retry);
    expect(retry.status).toBe(status === 'confirmed' ? 200 : 503);
    expect(retry.headers.get('idempotent-replayed')).toBe('true');
    expect(retry.text).toBe(replies[0]?.text);
  }
  await expectRecovered(stack.addresses, clients);
  await expectGatewayAgrees(stack);
});
