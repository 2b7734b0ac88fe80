import { setTimeout as delay } from 'node:timers/promises';
import { waitUntil } from '@appointments/chassis/testing';
import { expect, test } from 'vitest';
import { auditStack } from '../../scripts/audit-stack.ts';
import { createClientLedger } from '../src/faults/client-ledger.ts';
import { report } from '../src/faults/report.ts';
import { chooseSeed, createSeededRandom } from '../src/faults/seeded-random.ts';
import { expectAllEnded, expectBooksAgree } from '../src/faults/verdict.ts';
import { copyOrchestrator } from '../src/other-version.ts';
import { expectGatewayAgrees } from '../src/replicas/gateway-books.ts';
import { createReplicaLoad } from '../src/replicas/replica-load.ts';
import { createReplicaOperator } from '../src/replicas/replica-operator.ts';
import { type ReplicaStack, startReplicaStack } from '../src/replicas/replica-stack.ts';
import { LATER_STEP, NEXT_RELEASE } from '../src/replicas/two-versions.ts';

const CLIENTS = 4;
const LOOK_EVERY_MS = 50;
// A client goes on asking until the version that its booking began with is back.
const TRIES = 2_000;
// Between two steps of the update, how much is to happen at least.
const BOOKINGS = 25;
const CANCELLATIONS = 3;

interface Booking {
  status: string;
  steps: Array<{ name: string }>;
}

const show = async (url: string, id: string) => (await (await fetch(`${url}/bookings/${id}`)).json()) as Booking;

const isOfLaterVersion = ({ steps }: Booking) => steps.some(({ name }) => name === LATER_STEP);

/** Looks for stuck bookings through every replica until `stop`; returns the paths of those it has seen. */
async function lookForStuck({ orchestrators, addresses }: ReplicaStack, stop: AbortSignal): Promise<Set<string>> {
  const seen = new Set<string>();
  const headers = { authorization: `Bearer ${addresses.operatorToken}` };
  while (!stop.aborted) {
    for (const { url } of orchestrators) {
      const response = await fetch(`${url}/bookings?status=stuck`, { headers }).catch(() => undefined);
      const page = (await response?.json().catch(() => undefined)) as { items?: Array<{ id: string }> } | undefined;
      for (const { id } of page?.items ?? []) seen.add(id);
    }
    await delay(LOOK_EVERY_MS);
  }
  return seen;
}

test('When two replicas are updated, taken back and updated again under load, Then no booking is ever stuck', {
  timeout: 300_000,
}, async () => {
  const seed = chooseSeed();
  report(`rolling update: seed ${seed}`);
  using next = copyOrchestrator(NEXT_RELEASE);
  await using stack = await startReplicaStack({ orchestrators: 2, env: { BOOKING_DEADLINE_MS: '2000' } });
  const [one, other] = stack.orchestrators;
  const urls = [one.url, other.url];
  const clients = createClientLedger();
  const load = createReplicaLoad(urls, clients, createSeededRandom(seed), TRIES);
  const operator = createReplicaOperator({
    urls,
    operatorToken: stack.addresses.operatorToken,
    clients,
    random: createSeededRandom(seed + 1),
  });
  const stop = new AbortController();
  const watched = lookForStuck(stack, stop.signal);
  const work = Promise.all([load.runUntil(stop.signal, CLIENTS), operator.runUntil(stop.signal)]);

  async function goesOn(): Promise<void> {
    const [bookings, cancellations] = [load.begun() + BOOKINGS, operator.cancelled() + CANCELLATIONS];
    const does = () => load.begun() >= bookings && operator.cancelled() >= cancellations;
    await waitUntil('bookings and cancellations go on', does, 30_000);
  }
  async function replace(replica: typeof one, sources?: string, how: 'stop' | 'kill' = 'stop'): Promise<void> {
    await replica[how]();
    await replica.start(sources);
    await goesOn();
  }
  async function laterVersions(): Promise<string[]> {
    const shown = await Promise.all(operator.confirmed().map(async (id) => [id, await show(one.url, id)] as const));
    return shown.filter(([, booking]) => isOfLaterVersion(booking)).map(([id]) => id);
  }

  await goesOn();
  expect(await laterVersions()).toEqual([]);
  await replace(other, next.path);
  await replace(one, next.path);
  await replace(other);
  // Bookings that it leaves under way wait for a replica that knows their version.
  await replace(one, undefined, 'kill');
  expect(one.log()).toContain('sagas of a definition that this process was not given');
  const waiting = (await laterVersions()).slice(0, urls.length);
  expect(waiting).toHaveLength(urls.length);
  await Promise.all(waiting.map((id, index) => operator.cancel(id, urls[index])));
  await goesOn();
  for (const id of waiting) expect((await show(one.url, id)).status).toBe('compensating');
  await replace(other, next.path);
  for (const id of waiting) {
    await waitUntil('it is cancelled', async () => (await show(one.url, id)).status === 'cancelled');
  }
  await replace(one, next.path);

  stop.abort();
  await work;
  await expectAllEnded(stack.addresses);
  report(`rolling update: replies ${JSON.stringify(clients.counts())}, ${operator.cancelled()} cancellations`);
  expect([...(await watched)]).toEqual([]);
  for (const { log } of stack.orchestrators) expect(log()).not.toContain('"saga stuck"');
  expect([load.changedReplies, load.withoutReply, operator.refusals]).toEqual([[], [], []]);
  await expectBooksAgree(stack.addresses, clients);
  expect((await auditStack(stack.addresses)).passed).toBe(true);
  await expectGatewayAgrees(stack);
});
