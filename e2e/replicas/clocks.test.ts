import { waitUntil } from '@appointments/chassis/testing';
import { expect, test } from 'vitest';
import { createClientLedger } from '../src/faults/client-ledger.ts';
import { report } from '../src/faults/report.ts';
import { bookingFor } from '../src/faults/sample-bookings.ts';
import { chooseSeed, createSeededRandom } from '../src/faults/seeded-random.ts';
import { expectRecovered } from '../src/faults/verdict.ts';
import { createClock } from '../src/field/moved-clock.ts';
import { expectGatewayAgrees } from '../src/replicas/gateway-books.ts';
import { beginBooking, bookingAt, hasEnded, isPaying } from '../src/replicas/replica-bookings.ts';
import { createReplicaLoad } from '../src/replicas/replica-load.ts';
import { startReplicaStack } from '../src/replicas/replica-stack.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const TAKEOVER_DEADLINE_MS = 15_000;
const CLIENTS = 4;
const MORE = 20;

test.each([
  ['a minute ahead', MINUTE],
  ['an hour behind', -HOUR],
  ['26 hours ahead', 26 * HOUR],
])('When a replica whose clock is %s dies, Then another one ends its booking within 15 s', async (_what, offMs) => {
  using clock = createClock(offMs);
  await using stack = await startReplicaStack({ orchestrators: 2, clocks: [clock] });
  const [owner, other] = stack.orchestrators;
  const clients = createClientLedger();
  for (const payment of stack.payments) payment.pause();
  const path = await beginBooking(owner.url, bookingFor(1));
  await waitUntil('it pays', async () => isPaying(await bookingAt(other.url, path)));

  await owner.kill();
  for (const payment of stack.payments) payment.resume();

  await waitUntil('it has ended', async () => hasEnded(await bookingAt(other.url, path)), TAKEOVER_DEADLINE_MS);
  await owner.start();
  await expectRecovered(stack.addresses, clients);
  await expectGatewayAgrees(stack);
});

test('When the clocks of two replicas leap under load, Then bookings are made and all end', async () => {
  const seed = chooseSeed();
  report(`leaping clocks: seed ${seed}`);
  using one = createClock();
  using other = createClock();
  await using stack = await startReplicaStack({ orchestrators: 2, clocks: [one, other] });
  const clients = createClientLedger();
  const urls = stack.orchestrators.map(({ url }) => url);
  const load = createReplicaLoad(urls, clients, createSeededRandom(seed));
  const stop = new AbortController();
  const working = load.runUntil(stop.signal, CLIENTS);

  for (const [first, second] of [
    [2, -2],
    [-3_600, 0],
    [0, 26 * 3_600],
    [-90, 90],
    [26 * 3_600, 26 * 3_600],
    [-3_600, -3_600],
    [0, 0],
  ] as const) {
    const begun = load.begun();
    one.moveTo(first * 1_000);
    other.moveTo(second * 1_000);
    await waitUntil('bookings are made', () => load.begun() >= begun + MORE, 30_000);
  }
  stop.abort();
  await working;

  expect([load.changedReplies, load.withoutReply]).toEqual([[], []]);
  await expectRecovered(stack.addresses, clients);
  await expectGatewayAgrees(stack);
});
