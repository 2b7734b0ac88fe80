import { setTimeout as delay } from 'node:timers/promises';
import { type BookingRequest, type BookOptions, book, type SeenReply } from './booking-client.ts';
import type { ClientLedger } from './client-ledger.ts';
import { bookingFor, CARDS } from './sample-bookings.ts';
import type { Random } from './seeded-random.ts';

const DOCTORS = ['John Doe', 'Amina Rahman', 'Daniela Souza', 'Farid Haddad', 'Élodie Marchand', 'Nobody Known'];
// Mostly good ones: a load of refusals would not hold much money that could get lost.
const CARD_MIX = [...Array<string>(7).fill(CARDS.settles), '1234567', CARDS.declined, CARDS.processingError];
const DAYS = 45;
const TRIES = 20;
const PAUSE_MS = 50;

function randomBooking(random: Random): BookingRequest {
  const day = Math.floor(random.between(0, DAYS));
  return bookingFor(day, { doctor: random.pick(DOCTORS), cardNum: random.pick(CARD_MIX) });
}

const saysNothing = (reply: SeenReply | undefined) =>
  reply === undefined || ['request_in_progress', 'outcome_unknown'].includes(reply.json.code);

/** Retries a booking with its key, as a careful client does, until a reply has its outcome. */
async function bookStubbornly(
  url: string,
  request: BookingRequest,
  options: BookOptions,
  clients: ClientLedger,
): Promise<SeenReply | undefined> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const reply = clients.note(await book(url, request, options));
    if (!saysNothing(reply)) return reply;
    await delay(PAUSE_MS);
  }
  return undefined;
}

/**
 * Several clients, each booking one after the other until `stop`; every tenth booking is retried.
 *
 * @param patienceMs how long a client waits for one reply, where not forever
 */
export async function runBookingLoad(
  url: string,
  clients: ClientLedger,
  random: Random,
  { concurrency, stop, patienceMs }: { concurrency: number; stop: AbortSignal; patienceMs?: number | undefined },
): Promise<string[]> {
  const changedReplies: string[] = [];

  async function runClient(client: number): Promise<void> {
    for (let count = 0; !stop.aborted; count += 1) {
      const request = randomBooking(random);
      const key = `client-${client}-${count}`;
      const reply = await bookStubbornly(url, request, { key, patienceMs }, clients);
      if (reply?.status === 503) await delay(PAUSE_MS);
      if (!reply?.bookingId || count % 10 !== 0) continue;
      const retry = await bookStubbornly(url, request, { key, patienceMs }, clients);
      if (retry && retry.text !== reply.text) changedReplies.push(`${key}: ${reply.text}, then ${retry.text}`);
    }
  }

  await Promise.all(Array.from({ length: concurrency }, (_, client) => runClient(client)));
  return changedReplies;
}
