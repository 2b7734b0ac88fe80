import { startPgBouncer, startPostgresServer } from '@appointments/chassis/testing';
import { expect, test } from 'vitest';
import { readStores } from '../../scripts/read-stores.ts';
import { createClientLedger } from '../src/faults/client-ledger.ts';
import { report } from '../src/faults/report.ts';
import { chooseSeed, createSeededRandom } from '../src/faults/seeded-random.ts';
import { expectRecovered } from '../src/faults/verdict.ts';
import { expectGatewayAgrees } from '../src/replicas/gateway-books.ts';
import { createReplicaLoad } from '../src/replicas/replica-load.ts';
import { startReplicaStack } from '../src/replicas/replica-stack.ts';

const BOOKINGS = 300;
const CLIENTS = 12;

test('When PgBouncer lends connections for one transaction each, Then bookings are made and the books agree', async () => {
  const seed = chooseSeed();
  report(`pgbouncer: seed ${seed}`);
  await using server = await startPostgresServer();
  await using pooler = await startPgBouncer(server.urlOf('postgres'));
  const createDatabase = async (name: string) => {
    await server.createDatabase(name);
    return pooler.urlOf(name);
  };
  await using stack = await startReplicaStack({ orchestrators: 2, createDatabase });
  const clients = createClientLedger();
  const urls = stack.orchestrators.map(({ url }) => url);
  const load = createReplicaLoad(urls, clients, createSeededRandom(seed));

  await load.run(BOOKINGS, CLIENTS);

  expect([load.changedReplies, load.withoutReply]).toEqual([[], []]);
  await expectRecovered(stack.addresses, clients);
  await expectGatewayAgrees(stack);
  const { bookings } = await readStores(stack.addresses);
  expect(bookings).toHaveLength(BOOKINGS);
  expect(clients.counts()).not.toHaveProperty('503');
});
