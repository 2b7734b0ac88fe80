import { waitUntil } from '@appointments/chassis/testing';
import { book, type SeenReply } from './booking-client.ts';
import type { ClientLedger } from './client-ledger.ts';
import type { FaultStack } from './fault-stack.ts';
import { bookingFor } from './sample-bookings.ts';

/** What a card, or a token in its place, is to a booking. */
export type Means = { cardNum: string } | { paymentToken: string };

export const ASKS_HOLDER = { cardNum: '4000002760003184' };
export const TOKEN_ASKS_HOLDER = { paymentToken: 'tok_threeDSecure2Required' };

/** Decides on the sandbox's page, as often as it takes where the payment service is killed meanwhile. */
export async function decide(url: string, decision: 'approved' | 'declined'): Promise<void> {
  await waitUntil(`the cardholder has ${decision}`, async () => {
    const body = new URLSearchParams({ decision });
    const response = await fetch(url, { method: 'POST', body, redirect: 'manual' }).catch(() => undefined);
    return response?.status === 303;
  });
}

/** One client with its idempotency key, that asks again until it knows. */
export function createCardholderClient({ addresses }: FaultStack, clients: ClientLedger, day: number, means: Means) {
  const { cardNum: _, ...rest } = bookingFor(day);
  const request = { ...rest, ...means };

  /** @param strike the request id that arms a process which is to be killed */
  const ask = (strike?: string) => {
    const options = { key: `cardholder-${day}`, ...(strike && { strike }) };
    return book(addresses.appointment, request as ReturnType<typeof bookingFor>, options);
  };

  async function askUntil(what: string, isIt: (reply: SeenReply) => boolean, strike?: string): Promise<SeenReply> {
    let reply: SeenReply | undefined;
    await waitUntil(what, async () => {
      reply = await ask(strike);
      return reply !== undefined && isIt(reply);
    });
    return reply as SeenReply;
  }

  const isUnderWay = ({ status, json }: SeenReply) =>
    (status === 409 && json.code === 'request_in_progress') || json.code === 'outcome_unknown';

  return {
    /** Asks until the booking waits for its cardholder, or has ended. */
    begin: (strike?: string) => askUntil('the booking waits or has ended', (reply) => !isUnderWay(reply), strike),
    /** Asks until the booking has ended; the reply is one that the stores have to keep. */
    async end(): Promise<SeenReply> {
      const hasEnded = (reply: SeenReply) => reply.status !== 202 && !isUnderWay(reply);
      const reply = await askUntil('the booking has ended', hasEnded);
      clients.note(reply);
      return reply;
    },
  };
}
