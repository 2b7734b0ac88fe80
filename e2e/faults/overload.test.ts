import { waitUntil } from '@appointments/chassis/testing';
import { expect, test } from 'vitest';
import { book } from '../src/faults/booking-client.ts';
import { createClientLedger } from '../src/faults/client-ledger.ts';
import { createFaultStack } from '../src/faults/fault-stack.ts';
import { report } from '../src/faults/report.ts';
import { bookingFor } from '../src/faults/sample-bookings.ts';
import { quantile } from '../src/faults/statistics.ts';
import { expectRecovered } from '../src/faults/verdict.ts';

const MAX_IN_FLIGHT = 8;
const TIMES = 10;
const BACKEND_MS = 1_000;

test('When ten times as much comes as fits, Then the excess is refused at once and the admitted are served', async () => {
  await using stack = await createFaultStack({ proxied: true, env: { MAX_IN_FLIGHT: String(MAX_IN_FLIGHT) } });
  await stack.startAll();
  const { appointment } = stack.addresses;
  const clients = createClientLedger();
  clients.note(await book(appointment, bookingFor(0)));
  const slow = { on: 'request', call: 'create', fault: { delayMs: BACKEND_MS }, times: MAX_IN_FLIGHT } as const;
  stack.proxyOf('reservation').arm(slow);

  const all = Array.from({ length: TIMES * MAX_IN_FLIGHT }, (_, day) => book(appointment, bookingFor(day + 1)));
  const replies = (await Promise.all(all)).map((reply) => clients.note(reply));
  const refused = replies.filter((reply) => reply?.json.code === 'overloaded');
  const served = replies.filter((reply) => reply?.status === 200);
  const refusedMs = refused.map((reply) => reply?.ms ?? Number.NaN);
  report(
    `overload: ${served.length} served, ${refused.length} refused, median ${Math.round(quantile(refusedMs, 0.5))} ms`,
  );

  expect(served.length).toBeGreaterThanOrEqual(MAX_IN_FLIGHT);
  expect(served.length + refused.length).toBe(replies.length);
  for (const reply of refused) {
    expect(reply?.status).toBe(503);
    expect(reply?.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(reply?.headers.get('content-type')).toContain('application/problem+json');
    expect(reply?.bookingId).toBeUndefined();
  }
  expect(quantile(refusedMs, 0.5)).toBeLessThan(BACKEND_MS);
  const isNormal = async () => clients.note(await book(appointment, bookingFor(200)))?.status === 200;
  await waitUntil('bookings succeed again', isNormal, 5_000);
  await expectRecovered(stack.addresses, clients);
});
