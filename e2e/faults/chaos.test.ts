import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { readStores } from '../../scripts/read-stores.ts';
import { SERVICE_NAMES, type ServiceName } from '../../services.ts';
import { runBookingLoad } from '../src/faults/booking-load.ts';
import { createClientLedger } from '../src/faults/client-ledger.ts';
import { createFaultStack, type FaultStack } from '../src/faults/fault-stack.ts';
import { report } from '../src/faults/report.ts';
import { chooseSeed, createSeededRandom, type Random } from '../src/faults/seeded-random.ts';
import { expectAllEnded, expectBooksAgree } from '../src/faults/verdict.ts';

const CHAOS_MS = Number(process.env.CHAOS_SECONDS || 60) * 1_000;
const CLIENTS = 10;

/** Kills one service every 2 to 4 seconds and starts it again at once; returns how often. */
async function keepKilling(stack: FaultStack, name: ServiceName, random: Random, stop: AbortSignal): Promise<number> {
  for (let kills = 0; ; kills += 1) {
    await delay(random.between(2_000, 4_000), undefined, { signal: stop }).catch(() => {});
    if (stop.aborted) return kills;
    await stack.kill(name);
    await stack.start(name);
  }
}

const countBy = <Item>(items: readonly Item[], keyOf: (item: Item) => string) =>
  Object.fromEntries([...Map.groupBy(items, keyOf)].map(([key, group]) => [key, group.length]));

test('When all services are killed at random under load, Then the books agree and no 200 is lost', {
  timeout: CHAOS_MS + 60_000,
}, async () => {
  const seed = chooseSeed();
  report(`chaos: seed ${seed}`);
  await using stack = await createFaultStack();
  await stack.startAll();
  const clients = createClientLedger();
  const stop = AbortSignal.timeout(CHAOS_MS);
  const killers = SERVICE_NAMES.map((name, index) =>
    keepKilling(stack, name, createSeededRandom(seed + index + 1), stop),
  );

  const options = { concurrency: CLIENTS, stop };
  const load = runBookingLoad(stack.addresses.appointment, clients, createSeededRandom(seed), options);
  const kills = await Promise.all(killers);
  const healthyAt = performance.now();
  const changedReplies = await load;
  await expectAllEnded(stack.addresses);
  const recoveryMs = Math.round(performance.now() - healthyAt);
  const { bookings } = await readStores(stack.addresses);
  report(`chaos: kills ${JSON.stringify(Object.fromEntries(SERVICE_NAMES.map((name, at) => [name, kills[at]])))}`);
  report(`chaos: replies ${JSON.stringify(clients.counts())}`);
  report(`chaos: bookings ${JSON.stringify(countBy(bookings, ({ status }) => status))}, ended in ${recoveryMs} ms`);
  expect(changedReplies).toEqual([]);
  expect(bookings.some(({ status }) => status === 'confirmed')).toBe(true);
  await expectBooksAgree(stack.addresses, clients);
});
