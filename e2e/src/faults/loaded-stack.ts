import { waitUntil } from '@appointments/chassis/testing';
import { expect } from 'vitest';
import { runBookingLoad } from './booking-load.ts';
import { createClientLedger } from './client-ledger.ts';
import { createFaultStack, type FaultStackOptions } from './fault-stack.ts';
import { report } from './report.ts';
import { chooseSeed, createSeededRandom } from './seeded-random.ts';
import { expectRecovered } from './verdict.ts';

const CLIENTS = 4;
const UNTIL_MS = 30_000;

export interface LoadedStackOptions extends FaultStackOptions {
  /** How many clients book. */
  concurrency?: number;
  /** How long a client waits for a reply; forever where it is left out. */
  patienceMs?: number;
}

/** All services as plain processes, with clients who book all the while. */
export async function startLoadedStack({ concurrency = CLIENTS, patienceMs, ...options }: LoadedStackOptions = {}) {
  const seed = chooseSeed();
  report(`under load: seed ${seed}`);
  const stack = await createFaultStack(options);
  await stack.startAll();
  const clients = createClientLedger();
  const stop = new AbortController();
  const load = runBookingLoad(stack.addresses.appointment, clients, createSeededRandom(seed), {
    concurrency,
    stop: stop.signal,
    patienceMs,
  });
  const countOf = (kind: number | 'no reply') => clients.counts()[kind] ?? 0;
  return {
    stack,
    clients,
    seed,
    /** Waits until so many more requests got replies of a status, or none. */
    async until(kind: number | 'no reply', more: number, withinMs = UNTIL_MS): Promise<void> {
      const enough = countOf(kind) + more;
      await waitUntil(`${more} more requests got ${kind}`, () => countOf(kind) >= enough, withinMs);
    },
    /** Lets all end, and checks the books and every reply. */
    async endsWell(): Promise<void> {
      stop.abort();
      expect(await load, 'replies that changed').toEqual([]);
      await expectRecovered(stack.addresses, clients);
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await stack[Symbol.asyncDispose]();
    },
  };
}
