import { expect, test } from 'vitest';
import { SERVICE_NAMES } from '../../services.ts';
import { book } from '../src/faults/booking-client.ts';
import { OPERATOR_TOKEN } from '../src/faults/fault-stack.ts';
import { startLoadedStack } from '../src/faults/loaded-stack.ts';
import { bookingFor } from '../src/faults/sample-bookings.ts';
import { createClock } from '../src/field/moved-clock.ts';

const HOUR = 3_600_000;
const LEAPS: Array<[what: string, ms: number]> = [
  ['back by an hour', -HOUR],
  ['forward by 26 hours', 26 * HOUR],
  ['back by 26 hours', -26 * HOUR],
];
const BACK_AGAIN_MS = 5_000;

/** A stack whose clock is moved, with clients who book. */
async function startMovedStack() {
  const clock = createClock();
  const loaded = await startLoadedStack({ env: clock.env });
  return {
    ...loaded,
    clock,
    async [Symbol.asyncDispose]() {
      await loaded[Symbol.asyncDispose]();
      clock[Symbol.dispose]();
    },
  };
}

test.each(LEAPS)(
  'When the clock goes %s while payment is away, Then all is well as soon as it is back',
  async (_what, ms) => {
    await using moved = await startMovedStack();
    const { stack, clock } = moved;
    await moved.until(200, 20);
    await stack.kill('payment');
    await moved.until(503, 20);

    clock.moveTo(ms);
    await moved.until(503, 5);
    await stack.start('payment');

    await moved.until(200, 20, BACK_AGAIN_MS);
    await moved.endsWell();
  },
);

test('When the clock goes in small leaps under load, Then bookings are made and all end', async () => {
  await using moved = await startMovedStack();
  await moved.until(200, 10);

  for (const seconds of [1, -1, 3, -7, 0, 20, -20, 5, 90, -90, 0, -2]) {
    moved.clock.moveTo(seconds * 1_000);
    await moved.until(200, 5);
  }

  await moved.endsWell();
});

test.each(LEAPS)(
  'When the clock is %s at a restart and right again at the next, Then a key has its reply',
  async (_what, ms) => {
    await using moved = await startMovedStack();
    const { stack, clock } = moved;
    const first = await book(stack.addresses.appointment, bookingFor(99), { key: 'kept' });

    for (const off of [ms, 0]) {
      for (const name of SERVICE_NAMES) await stack.kill(name);
      clock.moveTo(off);
      await stack.startAll();
      await moved.until(200, 3);
    }

    expect((await book(stack.addresses.appointment, bookingFor(99), { key: 'kept' }))?.text).toBe(first?.text);
    await moved.endsWell();
  },
);

test('When the clock goes back after wrong sign-ins, Then the console opens no later', async () => {
  await using moved = await startMovedStack();
  const { stack, clock } = moved;
  const signIn = async (token: string) => {
    const response = await fetch(`${stack.addresses.appointment}/console/sign-in`, {
      method: 'POST',
      headers: { 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ token }),
      redirect: 'manual',
    });
    return { status: response.status, retryAfter: Number(response.headers.get('retry-after')) };
  };
  // Before this address is shut out: what looks at the end is an operator from there as well.
  await moved.endsWell();
  // As many as one address may send in a minute.
  for (let tries = 0; tries < 10; tries += 1) await signIn(`wrong ${tries}`);
  const shut = await signIn(OPERATOR_TOKEN);
  expect(shut.status).toBe(429);

  clock.moveTo(-HOUR);
  const later = await signIn(OPERATOR_TOKEN);
  expect(later.status).toBe(429);
  expect(later.retryAfter).toBeLessThanOrEqual(shut.retryAfter);
});
