import type { Stores } from '../../../scripts/read-stores.ts';
import type { BookingRequest, SeenReply } from './booking-client.ts';

interface Entry {
  request: BookingRequest;
  /** The first reply with the booking's outcome. */
  told: SeenReply | undefined;
  cancelled: boolean;
}

export type BookingModel = ReturnType<typeof createBookingModel>;

/** What must be true of a stack after its requests, whatever happened to its processes and its network. */
export function createBookingModel() {
  const entries = new Map<string, Entry>();
  const surprises: string[] = [];

  function noteReply(key: string, reply: SeenReply | undefined): void {
    const entry = entries.get(key);
    if (!entry || !reply || ['request_in_progress', 'outcome_unknown'].includes(reply.json.code)) return;
    entry.told ??= reply;
    if (entry.told.text !== reply.text) surprises.push(`${key}: told ${entry.told.text}, then ${reply.text}`);
    if (entry.told.bookingId !== reply.bookingId) surprises.push(`${key}: one key, two bookings`);
    const unknown = entry.request.doctor === 'Nobody Known';
    if (unknown && ![404, 503].includes(reply.status))
      surprises.push(`${key}: an unknown doctor, told ${reply.status}`);
    if (reply.status === 402 && !entry.request.cardNum.startsWith('4000'))
      surprises.push(`${key}: a good card, told 402`);
    if (reply.status === 200 && entry.request.cardNum.startsWith('4000'))
      surprises.push(`${key}: a bad card, told 200`);
  }

  /** The ids of the bookings whose appointment and payment must be there, and of no other. */
  function expectedLive(): string[] {
    const kept = [...entries.values()].filter(({ told, cancelled }) => told?.status === 200 && !cancelled);
    return kept.map(({ told }) => told?.bookingId ?? '').toSorted();
  }

  return {
    /** The request of a key, which is the first one made with it. */
    begin(key: string, request: BookingRequest): BookingRequest {
      const entry = entries.get(key) ?? { request, told: undefined, cancelled: false };
      entries.set(key, entry);
      return entry.request;
    },
    requestOf: (key: string) => entries.get(key)?.request,
    keys: () => [...entries.keys()],
    noteReply,
    /** The id of a booking that an operator can cancel. */
    confirmedId: (key: string) => {
      const told = entries.get(key)?.told;
      return told?.status === 200 ? told.bookingId : undefined;
    },
    noteCancelled(key: string): void {
      const entry = entries.get(key);
      if (entry) entry.cancelled = true;
    },
    isCancelled: (key: string) => entries.get(key)?.cancelled ?? false,
    surprises,
    /** @param isOurs which references belong to this model */
    disagreements(stores: Stores, isOurs: (reference: string) => boolean): string[] {
      const expected = expectedLive().join();
      const found = keptReferences(stores).map((references) => references.filter(isOurs).toSorted().join());
      return found.filter((list) => list !== expected).map((list) => `expected [${expected}], found [${list}]`);
    },
  };
}

/** The references that hold a slot, and those that hold money. */
function keptReferences({ reservation, payment }: Stores): [string[], string[]] {
  const live = reservation.filter(({ status }) => status === 'booked');
  const settled = payment.filter(({ payment_status }) => payment_status === 'settled');
  return [live.map(({ reference }) => reference), settled.map(({ reference }) => reference)];
}
