import { waitUntil } from '@appointments/chassis/testing';
import { expect, test } from 'vitest';
import { runBookingLoad } from '../src/faults/booking-load.ts';
import { createClientLedger } from '../src/faults/client-ledger.ts';
import { createFaultStack } from '../src/faults/fault-stack.ts';
import { chooseSeed, createSeededRandom } from '../src/faults/seeded-random.ts';
import { expectRecovered } from '../src/faults/verdict.ts';
import { copyOrchestrator } from '../src/other-version.ts';
import { LATER_STORE } from '../src/replicas/two-versions.ts';

const MORE = 30;

test('When a release that adds to the SQLite store is taken, taken back and taken again under load, Then nothing is lost', async () => {
  using next = copyOrchestrator([LATER_STORE]);
  await using stack = await createFaultStack();
  await stack.startAll();
  const clients = createClientLedger();
  const stop = new AbortController();
  const random = createSeededRandom(chooseSeed());
  const load = runBookingLoad(stack.addresses.appointment, clients, random, { concurrency: 4, stop: stop.signal });
  const confirmed = () => clients.counts()[200] ?? 0;

  for (const [sources, how] of [
    [next.path, 'stop'],
    [undefined, 'stop'],
    [next.path, 'kill'],
    [undefined, 'kill'],
  ] as const) {
    const before = confirmed();
    await waitUntil('bookings are made', () => confirmed() > before + MORE, 30_000);
    await stack[how]('appointment');
    await stack.start('appointment', { sources });
  }
  const last = confirmed();
  await waitUntil('bookings are made by the release that was gone back to', () => confirmed() > last + MORE, 30_000);
  stop.abort();

  expect(await load).toEqual([]);
  await expectRecovered(stack.addresses, clients);
});
