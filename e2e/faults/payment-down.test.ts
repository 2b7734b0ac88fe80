import { waitUntil } from '@appointments/chassis/testing';
import { expect, test } from 'vitest';
import { book, type SeenReply } from '../src/faults/booking-client.ts';
import { createClientLedger } from '../src/faults/client-ledger.ts';
import { expectFailureReply } from '../src/faults/failure-reply.ts';
import { createFaultStack } from '../src/faults/fault-stack.ts';
import { report } from '../src/faults/report.ts';
import { bookingFor } from '../src/faults/sample-bookings.ts';
import { quantile } from '../src/faults/statistics.ts';
import { expectRecovered } from '../src/faults/verdict.ts';

const DOWN_MS = Number(process.env.FAULT_DOWN_SECONDS || 5) * 1_000;
const FAST_MS = 50;

test('When payment is down, Then bookings fail fast, and succeed soon after its return with nothing restarted', async () => {
  await using stack = await createFaultStack();
  await stack.startAll();
  const clients = createClientLedger();
  let day = 0;

  async function bookNext(): Promise<SeenReply> {
    day += 1;
    const reply = clients.note(await book(stack.addresses.appointment, bookingFor(day)));
    if (!reply) throw new Error('the orchestrator, which is healthy, sent no response');
    return reply;
  }

  expect((await bookNext()).status).toBe(200);
  await stack.kill('payment');
  const downUntil = performance.now() + DOWN_MS;
  await waitUntil('the breaker is open', async () => (await bookNext()).ms < FAST_MS);
  const fast: number[] = [];
  while (performance.now() < downUntil) {
    const reply = await bookNext();
    expect(reply.status).toBe(503);
    expectFailureReply(reply);
    fast.push(reply.ms);
  }

  await stack.start('payment');
  const returned = performance.now();
  await waitUntil('bookings succeed again', async () => (await bookNext()).status === 200, 5_000);
  const [median, p95] = [quantile(fast, 0.5), quantile(fast, 0.95)].map((ms) => Math.round(ms * 10) / 10);
  const backMs = Math.round(performance.now() - returned);
  report(
    `payment down: ${fast.length} failures, median ${median} ms, p95 ${p95} ms; back ${backMs} ms after its return`,
  );
  expect(median).toBeLessThan(FAST_MS);
  await expectRecovered(stack.addresses, clients);
});
