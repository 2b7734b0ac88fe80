import { setTimeout as delay } from 'node:timers/promises';
import { cancelBooking } from '../faults/booking-client.ts';
import type { ClientLedger } from '../faults/client-ledger.ts';
import type { Random } from '../faults/seeded-random.ts';

const PAUSE_MS = 50;

interface Target {
  urls: readonly string[];
  operatorToken: string | undefined;
  clients: ClientLedger;
  random: Random;
}

/** An operator who cancels bookings that clients were told are confirmed, through replicas at random. */
export function createReplicaOperator({ urls, operatorToken, clients, random }: Target) {
  const asked = new Set<string>();
  const refusals: string[] = [];
  let cancelled = 0;

  /** Confirmed bookings that the operator has not cancelled. */
  function confirmed(): string[] {
    const booked = clients.replies().filter(({ status }) => status === 200);
    return [...new Set(booked.map(({ bookingId }) => bookingId as string))].filter((id) => !asked.has(id));
  }

  /** Cancels a booking through one replica; repeats it at any of them where that one is away. */
  async function cancel(id: string, first = random.pick(urls)): Promise<void> {
    asked.add(id);
    clients.noteCancelled(id);
    for (let url = first; ; url = random.pick(urls)) {
      const status = await cancelBooking({ appointment: url, operatorToken }, id);
      if (status === 200 || status === 202) break;
      if (status !== undefined) refusals.push(`${id}: ${status}`);
      await delay(PAUSE_MS);
    }
    cancelled += 1;
  }

  return {
    confirmed,
    cancel,
    /** How many cancellations were accepted. */
    cancelled: () => cancelled,
    /** Responses to cancellations other than 200 and 202. */
    refusals,
    /** Cancels one booking after the other until `stop`. */
    async runUntil(stop: AbortSignal): Promise<void> {
      while (!stop.aborted) {
        const ids = confirmed();
        if (ids.length > 0) await cancel(random.pick(ids));
        await delay(PAUSE_MS);
      }
    },
  };
}
