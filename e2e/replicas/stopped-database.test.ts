import { type PostgresServer, signalProcess, waitUntil } from '@appointments/chassis/testing';
import { expect, test } from 'vitest';
import { SERVICE_NAMES } from '../../services.ts';
import { createClientLedger } from '../src/faults/client-ledger.ts';
import { report } from '../src/faults/report.ts';
import { chooseSeed, createSeededRandom } from '../src/faults/seeded-random.ts';
import { expectRecovered } from '../src/faults/verdict.ts';
import { expectGatewayAgrees } from '../src/replicas/gateway-books.ts';
import { createReplicaLoad } from '../src/replicas/replica-load.ts';
import { startReplicaStack } from '../src/replicas/replica-stack.ts';

const CLIENTS = 8;
const MORE = 20;
const GIVEN_UP = new Set(['store_unavailable', 'outcome_unknown']);

/** Stops the server's processes that serve one database; returns what continues them. */
async function stopBackends(postgres: PostgresServer, database: string): Promise<() => void> {
  const rows = await postgres.administer(`select pid from pg_stat_activity where datname = '${database}'`);
  for (const { pid } of rows) signalProcess(pid, 'SIGSTOP');
  return () => {
    for (const { pid } of rows) signalProcess(pid, 'SIGCONT');
  };
}

test('When PostgreSQL, or what serves one database, is stopped under load and goes on, Then the books agree', async () => {
  const seed = chooseSeed();
  const database = createSeededRandom(seed).pick(SERVICE_NAMES);
  report(`stopped database: seed ${seed}, ${database}`);
  await using stack = await startReplicaStack({ orchestrators: 2, env: { BOOKING_DEADLINE_MS: '2000' } });
  const clients = createClientLedger();
  const urls = stack.orchestrators.map(({ url }) => url);
  const load = createReplicaLoad(urls, clients, createSeededRandom(seed));
  const stop = new AbortController();
  const working = load.runUntil(stop.signal, CLIENTS);
  const goesOn = async () => {
    const enough = load.begun() + MORE;
    await waitUntil('bookings go on', () => load.begun() >= enough, 30_000);
  };
  const givenUp = () => clients.replies().filter(({ json }) => GIVEN_UP.has(json.code)).length;

  await goesOn();
  const before = givenUp();
  stack.postgres.pause();
  await waitUntil('requests are given up', () => givenUp() >= before + CLIENTS, 20_000);
  stack.postgres.resume();
  await goesOn();
  const goOn = await stopBackends(stack.postgres, database);
  // Over connections that replace those which hang.
  await goesOn();
  goOn();
  await goesOn();
  stop.abort();
  await working;

  report(`stopped database: replies ${JSON.stringify(clients.counts())}`);
  expect([load.changedReplies, load.withoutReply]).toEqual([[], []]);
  await expectRecovered(stack.addresses, clients);
  await expectGatewayAgrees(stack);
});
