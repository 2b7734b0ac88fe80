import { setTimeout as delay } from 'node:timers/promises';
import { type BookingRequest, book, type SeenReply } from '../faults/booking-client.ts';
import type { ClientLedger } from '../faults/client-ledger.ts';
import { bookingFor, CARDS } from '../faults/sample-bookings.ts';
import type { Random } from '../faults/seeded-random.ts';

const DOCTORS = ['John Doe', 'Amina Rahman', 'Daniela Souza', 'Farid Haddad', 'Élodie Marchand'];
const CARD_MIX = [...Array<string>(8).fill(CARDS.settles), CARDS.declined, CARDS.processingError];
const PAUSE_MS = 50;
const TRIES = 200;

const NOT_KEPT = new Set(['request_in_progress', 'store_unavailable', 'overloaded', 'outcome_unknown']);

// No reply, or one that is not kept under the key: the client retries at any replica.
// A payment that the gateway has not decided on is waited for: 202 says nothing of how that ends.
const saysNothing = (reply: SeenReply | undefined) =>
  reply === undefined || reply.status === 202 || NOT_KEPT.has(reply.json.code);

/**
 * Sends bookings to replicas at random, each with its own key until a reply has its outcome.
 *
 * @param tries how often one booking is sent at most
 */
export function createReplicaLoad(urls: readonly string[], clients: ClientLedger, random: Random, tries = TRIES) {
  let begun = 0;
  const changedReplies: string[] = [];
  const withoutReply: string[] = [];

  async function bookStubbornly(request: BookingRequest, key: string): Promise<SeenReply | undefined> {
    for (let tried = 0; tried < tries; tried += 1) {
      const reply = clients.note(await book(random.pick(urls), request, { key }));
      if (!saysNothing(reply)) return reply;
      await delay(PAUSE_MS);
    }
    withoutReply.push(key);
    return undefined;
  }

  async function runClient(total: number, stop?: AbortSignal): Promise<void> {
    while (begun < total && !stop?.aborted) {
      const number = begun++;
      const request = bookingFor(Math.floor(number / 8), {
        doctor: random.pick(DOCTORS),
        cardNum: random.pick(CARD_MIX),
      });
      const reply = await bookStubbornly(request, `booking-${number}`);
      if (number % 10 !== 0) continue;
      const retry = await bookStubbornly(request, `booking-${number}`);
      if (retry?.text !== reply?.text) changedReplies.push(`${number}: ${reply?.text}, then ${retry?.text}`);
    }
  }

  return {
    /** How many bookings have been begun. */
    begun: () => begun,
    /** Retries that got another reply than the first request. */
    changedReplies,
    /** Keys without an outcome after the last retry. */
    withoutReply,
    /** Resolves when `total` bookings have replies. */
    run: (total: number, concurrency: number) =>
      Promise.all(Array.from({ length: concurrency }, () => runClient(total))),
    /** Resolves when all bookings that were begun before `stop` have replies. */
    runUntil: (stop: AbortSignal, concurrency: number) =>
      Promise.all(Array.from({ length: concurrency }, () => runClient(Number.POSITIVE_INFINITY, stop))),
  };
}
