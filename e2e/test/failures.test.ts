import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { SERVICE_NAMES } from '../../services.ts';
import { bookOnce, expectSeenIsTrue, freshDay, type Seen, startBookings } from '../src/bookings-under-way.ts';
import { type Stack, startStack } from '../src/environment.ts';
import { docker } from '../src/run.ts';

const DEADLINE_MS = 5_000;
// For the round trip on a busy machine.
const LEEWAY_MS = 500;
const UNDONE = ['failed', 'compensated'];

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack?.[Symbol.asyncDispose]());

// The circuit breakers may still be open after the test before.
beforeEach(async () => {
  await expect.poll(async () => (await bookOnce(stack)).status, { timeout: 10_000 }).toBe(200);
});

/** What every test ends with. */
async function expectTruth(seen: readonly Seen[]): Promise<void> {
  await stack.healthy();
  await stack.audited();
  await expectSeenIsTrue(stack, seen);
  expect(Math.max(...seen.map(({ tookMs }) => tookMs))).toBeLessThanOrEqual(DEADLINE_MS + LEEWAY_MS);
}

describe('docker kill', () => {
  test.each(SERVICE_NAMES)(
    'When %s is killed during bookings and starts again, Then every reply agrees with the stores',
    async (service) => {
      await using bookings = startBookings(stack);
      await bookings.see(8, 200);
      await stack.containers[service].kill();
      await bookings.see(8, service === 'appointment' ? undefined : 503);
      await stack.containers[service].start();
      await bookings.see(8, 200);
      await expectTruth(await bookings.stop());
    },
  );

  test('When all are killed at once during bookings, Then every reply agrees with the stores', async () => {
    await using bookings = startBookings(stack);
    await bookings.see(8, 200);
    await docker('kill', ...SERVICE_NAMES.map((service) => stack.containers[service].id));
    await bookings.see(4, undefined);
    await Promise.all(SERVICE_NAMES.map((service) => stack.containers[service].start()));
    await bookings.see(8, 200);
    await expectTruth(await bookings.stop());
  });
});

describe('docker pause', () => {
  test('When payment is paused across the deadline, Then 503 in time, and all is undone once it goes on', async () => {
    const date = freshDay();
    await stack.containers.payment.pause();
    // One booking alone: several would open the circuit breaker, which ends them before the deadline can.
    const seen = await bookOnce(stack, { date }).finally(() => stack.containers.payment.unpause());
    expect(seen.status).toBe(503);
    await expectTruth([seen]);
    expect(UNDONE).toContain((await stack.appointment.find(String(seen.id))).body.status);
    const { body: slots } = await stack.reservation.slots('John Doe', date);
    expect(slots.every(({ free }) => free)).toBe(true);
  });

  test.each([
    ['before payment goes on', ['appointment', 'payment']],
    ['after payment goes on', ['payment', 'appointment']],
  ] as const)('When the orchestrator is killed in a call and starts %s, Then the booking ends', async (_, order) => {
    const date = freshDay();
    await stack.containers.payment.pause();
    const seen = bookOnce(stack, { date });
    const id = await idOfPaying(date);
    await stack.containers.appointment.kill();
    expect((await seen).status).toBeUndefined();
    for (const service of order) {
      if (service === 'payment') await stack.containers.payment.unpause();
      else await stack.containers.appointment.start();
      await vi.waitUntil(() => stack.containers[service].isReady(), { timeout: 20_000, interval: 100 });
    }
    await expectTruth([await seen]);
    expect(['confirmed', ...UNDONE]).toContain((await stack.appointment.find(id)).body.status);
  });
});

describe('docker network disconnect', () => {
  test.each(['payment', 'reservation'] as const)(
    'When %s is cut off during bookings and comes back, Then every reply agrees with the stores',
    async (service) => {
      await using bookings = startBookings(stack);
      await bookings.see(8, 200);
      await stack.containers[service].disconnect();
      await bookings.see(8, 503);
      await stack.containers[service].reconnect();
      await bookings.see(8, 200);
      await expectTruth(await bookings.stop());
    },
  );
});

/** Waits until the booking of a day is waiting for its payment, and says which it is. */
function idOfPaying(date: string): Promise<string> {
  return vi.waitFor(
    async () => {
      const booking = (await stack.appointment.list()).find((one) => one.date === date);
      if (!booking?.steps.some(({ name, status }) => name === 'pay' && status === 'running'))
        throw new Error(`no booking is paying: ${JSON.stringify(booking?.steps)}`);
      return booking.id;
    },
    { timeout: 5_000, interval: 20 },
  );
}
