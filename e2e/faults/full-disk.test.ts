import { execFileSync } from 'node:child_process';
import { waitUntil } from '@appointments/chassis/testing';
import { expect, test } from 'vitest';
import { SERVICE_NAMES } from '../../services.ts';
import { book } from '../src/faults/booking-client.ts';
import { createClientLedger } from '../src/faults/client-ledger.ts';
import { createFaultStack } from '../src/faults/fault-stack.ts';
import { bookingFor } from '../src/faults/sample-bookings.ts';
import { expectRecovered } from '../src/faults/verdict.ts';

/** Limits the bytes of a process's files: with one byte, every write to its store fails as on a full disk. */
function limitFiles(pid: number | undefined, bytes: '1' | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`]);
}

// Other systems cannot limit the files of a process that runs already.
test.runIf(process.platform === 'linux').each(SERVICE_NAMES)(
  "When %s's disk is full, Then bookings are 503 and leave nothing, until there is room",
  async (name) => {
    await using stack = await createFaultStack();
    await stack.startAll();
    const { addresses, processOf } = stack;
    const clients = createClientLedger();
    expect(clients.note(await book(addresses.appointment, bookingFor(0)))?.status).toBe(200);

    limitFiles(processOf(name).pid, '1');
    const refused = await Promise.all([1, 2, 3].map((day) => book(addresses.appointment, bookingFor(day))));
    const alive = await fetch(`${addresses[name]}/livez`);
    limitFiles(processOf(name).pid, 'unlimited');

    expect(refused.map((reply) => clients.note(reply)?.status)).toEqual([503, 503, 503]);
    expect(refused.map((reply) => reply?.headers.get('retry-after'))).not.toContain(null);
    if (name === 'appointment') {
      expect(refused.map((reply) => reply?.json.code)).toEqual(Array(3).fill('store_unavailable'));
    }
    expect(alive.status).toBe(200);
    const booksAgain = async () => clients.note(await book(addresses.appointment, bookingFor(4)))?.status === 200;
    await waitUntil('bookings go on', booksAgain);
    await expectRecovered(addresses, clients);
  },
);
