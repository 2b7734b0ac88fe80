import { setTimeout as delay } from 'node:timers/promises';
import { waitUntil } from '@appointments/chassis/testing';
import type { ClientLedger } from '../faults/client-ledger.ts';
import { createSeededRandom } from '../faults/seeded-random.ts';
import { createReplicaLoad } from './replica-load.ts';
import { createReplicaOperator } from './replica-operator.ts';
import type { Replica, ReplicaStack } from './replica-stack.ts';

const CLIENTS = 4;
const LOOK_EVERY_MS = 50;
// A client goes on asking until the version that its booking began with is back.
const TRIES = 2_000;
// Between two steps of an update, how much is to happen at least.
const BOOKINGS = 25;
const CANCELLATIONS = 3;
const PATIENCE_MS = 60_000;

/** Looks for stuck bookings through every replica until `stop`; returns the ids of those it has seen. */
async function lookForStuck({ orchestrators, addresses }: ReplicaStack, stop: AbortSignal): Promise<string[]> {
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
  return [...seen];
}

/** Clients who book and an operator who cancels, through all orchestrators, while a test replaces these one by one. */
export function updateUnderLoad(stack: ReplicaStack, clients: ClientLedger, seed: number) {
  const urls = stack.orchestrators.map(({ url }) => url);
  const { operatorToken } = stack.addresses;
  const load = createReplicaLoad(urls, clients, createSeededRandom(seed), TRIES);
  const operator = createReplicaOperator({ urls, operatorToken, clients, random: createSeededRandom(seed + 1) });
  const stop = new AbortController();
  const watching = lookForStuck(stack, stop.signal);
  const working: Promise<unknown>[] = [operator.runUntil(stop.signal)];
  const addClients = () => void working.push(load.runUntil(stop.signal, CLIENTS));
  addClients();

  /** Waits for some more bookings and cancellations. */
  async function goesOn(): Promise<void> {
    const [bookings, cancellations] = [load.begun() + BOOKINGS, operator.cancelled() + CANCELLATIONS];
    const does = () => load.begun() >= bookings && operator.cancelled() >= cancellations;
    await waitUntil('bookings and cancellations go on', does, PATIENCE_MS);
  }

  return {
    goesOn,
    /** Confirmed bookings that the operator has not cancelled yet. */
    confirmed: operator.confirmed,
    cancel: operator.cancel,
    /**
     * Ends an orchestrator and starts it again, and waits for some bookings and cancellations.
     *
     * @param sources the folder of another version of the code
     */
    async replace(replica: Replica, sources?: string, how: 'stop' | 'kill' = 'stop'): Promise<void> {
      await replica[how]();
      // The others may all wait for bookings that it has left to its own version.
      if (how === 'kill') addClients();
      await replica.start({ sources });
      await goesOn();
    },
    /** Lets all end; returns what went wrong meanwhile, by what it is. */
    async end(): Promise<Record<string, string[]>> {
      stop.abort();
      await Promise.all(working);
      return {
        stuck: await watching,
        changedReplies: load.changedReplies,
        withoutReply: load.withoutReply,
        refusedCancellations: operator.refusals,
      };
    },
    cancelled: operator.cancelled,
  };
}
