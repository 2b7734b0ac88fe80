import { waitUntil } from '@appointments/chassis/testing';
import { expect, test } from 'vitest';
import { GUIDE_REQUEST, PATIENCE_MS, startStack } from './appointment-stack.ts';
import { respond } from './interferences.ts';

test('When the undo of a failed booking is tried again and again, Then its failure is counted once', async () => {
  await using stack = await startStack({ operatorToken: 'of-the-operators', bookingDeadlineMs: 2_000 });
  const samples = async (name: string) =>
    (await stack.call('GET', '/metrics')).text.split('\n').filter((line) => line.startsWith(`${name}{`));
  stack.payment.interfere(respond(500, '{}'));
  expect((await stack.book(GUIDE_REQUEST)).status).toBe(503);

  // Each is a run that did not come to the end of the undos.
  await waitUntil(
    'runs have left it stuck',
    async () => (await samples('bookings_stuck_total')).length > 0,
    PATIENCE_MS,
  );

  expect(await samples('booking_failures_total')).toEqual([
    expect.stringMatching(/^booking_failures_total{step="pay",reason="[a-z_0-9]+"} 1$/),
  ]);
});
