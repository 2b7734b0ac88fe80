import { setTimeout as delay } from 'node:timers/promises';
import { waitUntil } from '@appointments/chassis/testing';
import { expect, test } from 'vitest';
import { readStores } from '../../scripts/read-stores.ts';
import { book, bookOrThrow } from '../src/faults/booking-client.ts';
import { createClientLedger } from '../src/faults/client-ledger.ts';
import { report } from '../src/faults/report.ts';
import { bookingFor } from '../src/faults/sample-bookings.ts';
import { chooseSeed, createSeededRandom, type Random } from '../src/faults/seeded-random.ts';
import { expectAllEnded, expectBooksAgree, expectRecovered } from '../src/faults/verdict.ts';
import { expectGatewayAgrees } from '../src/replicas/gateway-books.ts';
import {
  beginBooking,
  bookingAt,
  castOf,
  firstBooking,
  hasEnded,
  isPaying,
  LEASE_LOST,
} from '../src/replicas/replica-bookings.ts';
import { createReplicaLoad } from '../src/replicas/replica-load.ts';
import { type ReplicaStack, startReplicaStack } from '../src/replicas/replica-stack.ts';
import { sleepPastLease } from '../src/replicas/sleep-past-lease.ts';

const BOOKINGS = Number(process.env.REPLICA_BOOKINGS || 600);
const PAUSE_MS = Number(process.env.REPLICA_PAUSE_SECONDS || 9) * 1_000;
const CLIENTS = 12;
const TAKEOVER_DEADLINE_MS = 15_000;

const countBy = <Item>(items: readonly Item[], keyOf: (item: Item) => string) =>
  Object.fromEntries([...Map.groupBy(items, keyOf)].map(([key, group]) => [key, group.length]));

test('When the owner of a booking is killed during it, Then another replica ends it within 15 s', async () => {
  await using stack = await startReplicaStack();
  const { owner, other, payment } = castOf(stack);
  const clients = createClientLedger();
  payment.pause();
  const path = await beginBooking(owner.url, bookingFor(1));
  await waitUntil('it pays', async () => isPaying(await bookingAt(other.url, path)));
  await owner.kill();
  const diedAt = performance.now();
  expect((await bookingAt(other.url, path)).status).toBe('pending');

  const ended = async () => hasEnded(await bookingAt(other.url, path));
  await waitUntil('another replica has ended it', ended, TAKEOVER_DEADLINE_MS);
  report(`takeover: ended ${Math.round(performance.now() - diedAt)} ms after its owner had died`);
  // The charge that the dead orchestrator sent arrives only now, after the void.
  payment.resume();
  await waitUntil('payment is ready again', async () => (await fetch(`${payment.url}/readyz`)).ok);
  await expectRecovered(stack.addresses, clients);
  await expectGatewayAgrees(stack);
});

test('When the owner of a booking sleeps past its lease, Then another ends it and the owner writes nothing', async () => {
  await using stack = await startReplicaStack();
  const { owner, other, payment } = castOf(stack);
  const clients = createClientLedger();
  payment.pause();
  const pending = book(owner.url, bookingFor(1));
  const path = await firstBooking(stack);
  await waitUntil('it pays', async () => isPaying(await bookingAt(other.url, path)));
  owner.pause();

  const ended = async () => hasEnded(await bookingAt(other.url, path));
  await waitUntil('another replica has ended it', ended, TAKEOVER_DEADLINE_MS);
  const ending = await bookingAt(other.url, path);
  expect(owner.log()).not.toContain(LEASE_LOST);
  owner.resume();
  payment.resume();
  const reply = clients.note(await pending);
  await waitUntil('the owner has noticed', async () => owner.log().includes(LEASE_LOST));

  expect([reply?.status, ending.status]).toEqual(
    ending.status === 'confirmed' ? [200, 'confirmed'] : [503, 'compensated'],
  );
  await expectRecovered(stack.addresses, clients);
  await expectGatewayAgrees(stack);
  // To the millisecond of its last change.
  expect(await bookingAt(other.url, path)).toEqual(ending);
});

test('When 50 requests with one key reach three replicas at once, Then there is one booking', async () => {
  await using stack = await startReplicaStack();
  const clients = createClientLedger();
  const request = bookingFor(2);

  const replies = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      bookOrThrow(stack.orchestrators[index % 3]?.url as string, request, { key: 'the-one' }),
    ),
  );

  const booked = replies.filter(({ status }) => status === 200);
  const refused = replies.filter(({ status, json }) => status === 409 && json.code === 'request_in_progress');
  expect(booked.length).toBeGreaterThan(0);
  expect(booked.length + refused.length).toBe(50);
  expect(new Set(booked.map(({ text }) => text)).size).toBe(1);
  for (const reply of booked) clients.note(reply);
  await expectRecovered(stack.addresses, clients);
  await expectGatewayAgrees(stack);
  const { bookings, reservation, payment } = await readStores(stack.addresses);
  expect([bookings.length, reservation.length, payment.length]).toEqual([1, 1, 1]);
  for (const { url } of stack.orchestrators) {
    const retry = await bookOrThrow(url, request, { key: 'the-one' });
    expect([retry.text, retry.headers.get('idempotent-replayed')]).toEqual([booked[0]?.text, 'true']);
  }
});

/** Kills, or pauses and continues in the middle of a booking, one orchestrator after the other. */
async function harass(stack: ReplicaStack, random: Random, stop: AbortSignal) {
  const done = { kills: 0, pauses: 0, booked: 0 };
  for (let round = 0; !stop.aborted; round += 1) {
    const victim = random.pick(stack.orchestrators);
    if (round % 2 === 0) {
      await victim.kill();
      await victim.start();
      done.kills += 1;
    } else {
      done.booked += await sleepPastLease(stack, victim, PAUSE_MS);
      done.pauses += 1;
    }
    await delay(random.between(500, 1_500), undefined, { signal: stop }).catch(() => {});
  }
  return done;
}

/** Stops the database for up to 2 s every 5 to 10 s, cleanly and as a crash by turns. */
async function restartPostgres({ postgres }: ReplicaStack, random: Random, stop: AbortSignal): Promise<number> {
  for (let restarts = 0; ; restarts += 1) {
    await delay(random.between(5_000, 10_000), undefined, { signal: stop }).catch(() => {});
    if (stop.aborted) return restarts;
    await postgres.stop(restarts % 2 === 0 ? 'fast' : 'immediate');
    await delay(random.between(0, 1_500));
    await postgres.start();
  }
}

test('When orchestrators are killed and paused and PostgreSQL is restarted under load, Then the books agree', {
  timeout: 600_000,
}, async () => {
  const seed = chooseSeed();
  report(`replicas: seed ${seed}`);
  await using stack = await startReplicaStack();
  const clients = createClientLedger();
  const urls = stack.orchestrators.map(({ url }) => url);
  const load = createReplicaLoad(urls, clients, createSeededRandom(seed));
  const stop = new AbortController();
  const trouble = Promise.all([
    harass(stack, createSeededRandom(seed + 1), stop.signal),
    restartPostgres(stack, createSeededRandom(seed + 2), stop.signal),
  ]);

  await load.run(BOOKINGS, CLIENTS);
  stop.abort();
  const [{ kills, pauses, booked }, restarts] = await trouble;
  const healthyAt = performance.now();
  await expectAllEnded(stack.addresses);
  const recoveryMs = Math.round(performance.now() - healthyAt);
  const { bookings } = await readStores(stack.addresses);
  report(`replicas: ${kills} kills, ${pauses} pauses, ${restarts} restarts of PostgreSQL`);
  report(`replicas: replies ${JSON.stringify(clients.counts())}`);
  report(`replicas: bookings ${JSON.stringify(countBy(bookings, ({ status }) => status))}, ended in ${recoveryMs} ms`);
  const woken = stack.orchestrators.map((replica) => replica.log().split(LEASE_LOST).length - 1);
  const wokenLate = woken.reduce((sum, count) => sum + count);
  report(`replicas: ${wokenLate} runs that lost their lease while paused`);
  expect(load.changedReplies).toEqual([]);
  expect(load.withoutReply).toEqual([]);
  expect(Math.min(kills, pauses, restarts)).toBeGreaterThan(0);
  expect(wokenLate).toBeGreaterThanOrEqual(pauses);
  // One for each key, however often and to which replica it was sent.
  expect(bookings).toHaveLength(BOOKINGS + booked);
  expect(bookings.some(({ status }) => status === 'confirmed')).toBe(true);
  await expectBooksAgree(stack.addresses, clients);
  await expectGatewayAgrees(stack);
});
