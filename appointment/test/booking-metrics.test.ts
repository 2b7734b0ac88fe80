import { waitUntil } from '@appointments/chassis/testing';
import { expect, test } from 'vitest';
import { GUIDE_REQUEST, PATIENCE_MS, startStack } from './appointment-stack.ts';
import { onlyFirst, onlyPosts, respond } from './interferences.ts';

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

test.each([
  [409, '{"code":"request_in_progress"}', 'in_progress'],
  [503, '{"code":"store_unavailable"}', 'http_5xx'],
])('When payment first responds with %i %s, Then the failed attempt is counted as %s', async (status, body, reason) => {
  await using stack = await startStack();
  const headers = { 'content-type': 'application/problem+json' };
  stack.payment.interfere(onlyPosts(onlyFirst(1, respond(status, body, headers))));

  expect((await stack.book(GUIDE_REQUEST)).status).toBe(200);

  const { text } = await stack.call('GET', '/metrics');
  expect(text).toContain(`saga_attempts_failed_total{kind="step",step="pay",reason="${reason}"} 1\n`);
});
