import { startPostgresPair, waitUntil } from '@appointments/chassis/testing';
import { expect, test } from 'vitest';
import { readStores } from '../../scripts/read-stores.ts';
import { createClientLedger } from '../src/faults/client-ledger.ts';
import { report } from '../src/faults/report.ts';
import { chooseSeed, createSeededRandom } from '../src/faults/seeded-random.ts';
import { expectRecovered } from '../src/faults/verdict.ts';
import { expectGatewayAgrees } from '../src/replicas/gateway-books.ts';
import { createReplicaLoad } from '../src/replicas/replica-load.ts';
import { startReplicaStack } from '../src/replicas/replica-stack.ts';

const BOOKINGS = Number(process.env.FAILOVER_BOOKINGS || 300);
const KILLS = Number(process.env.FAILOVER_KILLS || 1);
const CLIENTS = 12;

test('When the primary is killed under load and its standby promoted, Then no booking is lost and the books agree', {
  timeout: 600_000,
}, async () => {
  const seed = chooseSeed();
  report(`failover: seed ${seed}`);
  await using pair = await startPostgresPair();
  await using stack = await startReplicaStack({ orchestrators: 2, createDatabase: pair.createDatabase });
  const clients = createClientLedger();
  const urls = stack.orchestrators.map(({ url }) => url);
  const load = createReplicaLoad(urls, clients, createSeededRandom(seed));

  for (let kill = 0; kill < KILLS; kill += 1) {
    const inRound = Math.round(BOOKINGS / KILLS);
    const working = load.run((kill + 1) * inRound, CLIENTS);
    await waitUntil('a third is begun', () => load.begun() >= (kill + 1 / 3) * inRound, 60_000);
    const killedAt = performance.now();
    await pair.failOver();
    report(`failover: promoted after ${Math.round(performance.now() - killedAt)} ms`);
    // The last one's primary stays away.
    if (kill + 1 < KILLS) await pair.rejoin();
    await working;
    await expectRecovered(stack.addresses, clients);
  }

  report(`failover: replies ${JSON.stringify(clients.counts())}`);
  expect([load.changedReplies, load.withoutReply]).toEqual([[], []]);
  await expectGatewayAgrees(stack);
  const { bookings } = await readStores(stack.addresses);
  expect(bookings).toHaveLength(Math.round(BOOKINGS / KILLS) * KILLS);
  expect(clients.counts()).toHaveProperty('200');
});
