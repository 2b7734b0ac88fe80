import { type ApiReply, storeUrl, waitUntil } from '@appointments/chassis/testing';
import type { Middleware } from 'koa';
import { describe, expect, test } from 'vitest';
import { openAppointmentDatabase } from '../src/booking-store.ts';
import { expectFailure, expectProblem, GUIDE_REQUEST, type Stack, startStack } from './appointment-stack.ts';
import { createHold, onlyFirst, onlyPosts } from './interferences.ts';

const KEY = { 'idempotency-key': 'key-1' };
const OTHER_DAY = { ...GUIDE_REQUEST, date: '01-10-2019' };
const DEADLINE_MS = 5_000;
// Room for a machine that does many things at once.
const BUSY_MACHINE_MS = 2_500;
// More than a booking has until its deadline, and no more than a lease may have.
const LEASE_MS = 10_000;
const LEASE_LOST = 'another worker or an operator has this saga now';

const ONE_PLACE = { maxInFlight: 1, bookingDeadlineMs: DEADLINE_MS, stepTimeoutMs: 2 * DEADLINE_MS };

/** Another worker on the orchestrator's store, which takes a booking and later leaves it to any other. */
async function openOtherWorker({ folder }: Stack) {
  const database = await openAppointmentDatabase(await storeUrl(folder, 'appointment'));
  return {
    take: (id: string) =>
      database.transaction((tables) =>
        tables
          .updateTable('sagas')
          .set(({ eb }) => ({ fence: eb('fence', '+', 1), worker: 'other', due_at: Date.now() + LEASE_MS }))
          .where('id', '=', id)
          .execute(),
      ),
    leave: (id: string) =>
      database.transaction((tables) =>
        tables.updateTable('sagas').set({ worker: null, due_at: Date.now() }).where('id', '=', id).execute(),
      ),
    [Symbol.asyncDispose]: database.close,
  };
}

/** Books until the payment is held, and lets another worker take the booking from the orchestrator that pays. */
async function loseLeaseInPay(stack: Stack, hold: ReturnType<typeof createHold>, payment: Middleware) {
  // Open by then: the booking has no time to lose.
  const other = await openOtherWorker(stack);
  stack.payment.interfere(onlyPosts(onlyFirst(1, payment)));
  const began = performance.now();
  const reply = stack.book(GUIDE_REQUEST, KEY).then((response) => ({ response, ms: performance.now() - began }));
  await waitUntil('the payment is held', () => hold.held() > 0);
  const id = stack.payment.posts()[0]?.headers['idempotency-key'] as string;
  await other.take(id);
  return {
    id,
    reply,
    keep: () => other.take(id),
    leave: () => other.leave(id),
    [Symbol.asyncDispose]: other[Symbol.asyncDispose],
  };
}

describe.concurrent('a booking whose lease is lost while payment does not respond', () => {
  test('When the deadline comes, Then the client learns where the outcome will be, and its permit is free', async () => {
    await using stack = await startStack(ONE_PLACE);
    const hold = createHold();
    await using lost = await loseLeaseInPay(stack, hold, hold.before);
    expectProblem(await stack.book(OTHER_DAY), 503, 'overloaded');

    const { response, ms } = await lost.reply;

    expectProblem(response, 503, 'outcome_unknown');
    expect(response.headers.get('location')).toBe(`/bookings/${lost.id}`);
    expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(ms).toBeLessThan(DEADLINE_MS + BUSY_MACHINE_MS);
    await waitUntil('the loss is noticed', () => stack.lines.join('\n').includes(LEASE_LOST));
    expect((await stack.booking(response)).reply).toBeNull();
    expect((await stack.book(OTHER_DAY)).status).toBe(200);
    hold.release();
  });

  test.each([
    ['had not reached it', 'before', (reply: ApiReply) => expectFailure(reply, 503)],
    [
      'had settled',
      'after',
      (reply: ApiReply) => expect([reply.status, reply.json.payment_status]).toEqual([200, 'settled']),
    ],
  ] as const)(
    'When its payment %s, Then a retry with the key is refused until the outcome is known, and gets it then',
    async (_what, when, expectReply) => {
      await using stack = await startStack(ONE_PLACE);
      const hold = createHold();
      await using lost = await loseLeaseInPay(stack, hold, hold[when]);
      await lost.reply;
      await lost.keep();
      expectProblem(await stack.book(GUIDE_REQUEST, KEY), 409, 'request_in_progress');

      await lost.leave();

      const repeat = () => stack.book(GUIDE_REQUEST, KEY);
      await waitUntil('the outcome is known', async () => (await repeat()).status !== 409);
      const reply = await repeat();
      expectReply(reply);
      expect(reply.headers.get('idempotent-replayed')).toBe('true');
      expect(reply.headers.get('location')).toBe(`/bookings/${lost.id}`);
      await stack.becomes(`/bookings/${lost.id}`, when === 'after' ? 'confirmed' : 'compensated');
      hold.release();
      await waitUntil('the held payment has arrived', () =>
        stack.payment.posts().every(({ status }) => status !== undefined),
      );
      const kept = when === 'after' ? [lost.id] : [];
      expect(await stack.kept()).toEqual({ slots: kept, charges: kept });
    },
  );
});
