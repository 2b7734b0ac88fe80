import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { SERVICE_NAMES } from '../../services.ts';
import { book } from '../src/faults/booking-client.ts';
import { createClientLedger } from '../src/faults/client-ledger.ts';
import { createFaultStack } from '../src/faults/fault-stack.ts';
import { probeLatencyDuring } from '../src/faults/probe-latency.ts';
import { report } from '../src/faults/report.ts';
import { bookingFor } from '../src/faults/sample-bookings.ts';
import { quantile } from '../src/faults/statistics.ts';
import { expectRecovered } from '../src/faults/verdict.ts';

const LOCKED_MS = 1_000;
const LONGEST_BLOCK_MS = 50;
const CLIENTS = 10;

/** Holds the one write lock that an SQLite file has. */
async function holdLock(file: string): Promise<void> {
  const intruder = new DatabaseSync(file);
  intruder.exec('BEGIN IMMEDIATE');
  await delay(LOCKED_MS);
  intruder.exec('ROLLBACK');
  intruder.close();
}

test.each(SERVICE_NAMES)(
  "When another process locks %s's store, Then it stays alive and bookings end cleanly",
  async (name) => {
    await using stack = await createFaultStack();
    await stack.startAll();
    const { addresses, storeOf } = stack;
    const clients = createClientLedger();
    clients.note(await book(addresses.appointment, bookingFor(0)));

    const unlocked = holdLock(storeOf(name));
    const bookings = Array.from({ length: CLIENTS }, (_, day) => book(addresses.appointment, bookingFor(day + 1)));
    const latencies = await probeLatencyDuring(addresses[name], unlocked);
    const replies = (await Promise.all(bookings)).map((reply) => clients.note(reply)?.status);

    const [p95, worst] = [quantile(latencies, 0.95), Math.max(...latencies)].map(Math.round);
    report(
      `${name}'s store locked: /livez p95 ${p95} ms, worst ${worst} ms; replies ${JSON.stringify(clients.counts())}`,
    );
    expect(replies.filter((status) => status !== 200 && status !== 503)).toEqual([]);
    expect(latencies.length).toBeGreaterThan(LOCKED_MS / LONGEST_BLOCK_MS);
    expect(p95).toBeLessThan(LONGEST_BLOCK_MS);
    await expectRecovered(addresses, clients);
  },
);
