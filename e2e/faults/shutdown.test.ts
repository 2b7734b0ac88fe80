import { waitUntil } from '@appointments/chassis/testing';
import { expect, test } from 'vitest';
import { SERVICE_NAMES } from '../../services.ts';
import { bookOrThrow } from '../src/faults/booking-client.ts';
import { createClientLedger } from '../src/faults/client-ledger.ts';
import { createFaultStack } from '../src/faults/fault-stack.ts';
import { report } from '../src/faults/report.ts';
import { bookingFor } from '../src/faults/sample-bookings.ts';
import { expectRecovered } from '../src/faults/verdict.ts';

const CLIENTS = 20;
const STOP_DEADLINE_MS = 10_000;

/** What a fetch failed with: ECONNREFUSED means that the request was never in flight. */
const causeOf = (error: unknown) => ((error as Error).cause as { code?: string } | undefined)?.code ?? String(error);

test.each(SERVICE_NAMES)(
  'When %s gets SIGTERM under load, Then no request in flight fails and it exits 0',
  async (name) => {
    await using stack = await createFaultStack();
    await stack.startAll();
    const clients = createClientLedger();
    const failures: string[] = [];
    let stopping = true;
    let booked = 0;

    async function keepBooking(client: number): Promise<void> {
      for (let day = client; stopping; day += CLIENTS) {
        try {
          clients.note(await bookOrThrow(stack.addresses.appointment, bookingFor(day)));
          booked += 1;
        } catch (error) {
          if (causeOf(error) === 'ECONNREFUSED') return;
          failures.push(causeOf(error));
        }
      }
    }

    const load = Promise.all(Array.from({ length: CLIENTS }, (_, client) => keepBooking(client)));
    await waitUntil('the load runs', () => booked > 5 * CLIENTS);
    const signalled = performance.now();
    const exitCode = await stack.stop(name);
    const stopMs = performance.now() - signalled;
    stopping = false;
    await load;
    report(`SIGTERM to ${name}: exit ${exitCode} after ${Math.round(stopMs)} ms, ${JSON.stringify(clients.counts())}`);
    expect(failures).toEqual([]);
    expect(exitCode).toBe(0);
    expect(stopMs).toBeLessThan(STOP_DEADLINE_MS);
    await stack.start(name);
    await expectRecovered(stack.addresses, clients);
  },
);
