import type { Stores } from '../../../scripts/read-stores.ts';
import type { SeenReply } from './booking-client.ts';

export type ClientLedger = ReturnType<typeof createClientLedger>;

/** The replies that the clients of a stack got, to be compared with its stores later. */
export function createClientLedger() {
  const seen: SeenReply[] = [];
  const cancelled = new Set<string>();
  let withoutReply = 0;

  /** Notes a reply, or that there was none; returns it. */
  function note(reply: SeenReply | undefined): SeenReply | undefined {
    if (reply) seen.push(reply);
    else withoutReply += 1;
    return reply;
  }

  /** Every promise to a client that the stores do not keep. */
  function brokenPromises(stores: Stores): string[] {
    const live = new Map(stores.reservation.filter(isBooked).map((row) => [row.reference, row.appointmentId]));
    const settled = new Map(stores.payment.filter(isSettled).map((row) => [row.reference, row.payment_id]));
    const known = new Set(stores.bookings.map(({ id }) => id));
    return seen.flatMap(({ status, bookingId, json, text }) => {
      if (bookingId === undefined) return status === 200 ? [`200 without a booking: ${text}`] : [];
      if (status === 202) return [];
      // Such a reply promises that the booking which it names tells the outcome, if anything came of it.
      if (json.code === 'outcome_unknown' && known.has(bookingId)) return [];
      const kept = { appointmentId: live.get(bookingId), payment_id: settled.get(bookingId) };
      const due = status === 200 && !cancelled.has(bookingId) ? json : {};
      const holds = kept.appointmentId === due.appointmentId && kept.payment_id === due.payment_id;
      return holds ? [] : [`${bookingId} was told ${status} ${text}, the stores have ${JSON.stringify(kept)}`];
    });
  }

  /** How many replies there were of each status. */
  function counts(): Record<string, number> {
    const byStatus = Map.groupBy(seen, ({ status }) => String(status));
    const replied = Object.fromEntries([...byStatus].map(([status, replies]) => [status, replies.length]));
    return { ...replied, 'no reply': withoutReply };
  }

  return {
    note,
    /** Notes that an operator asked for a booking's cancellation. */
    noteCancelled: (bookingId: string) => cancelled.add(bookingId),
    brokenPromises,
    counts,
    replies: () => seen as readonly SeenReply[],
  };
}

const isBooked = ({ status }: { status: string }) => status === 'booked';
const isSettled = ({ payment_status }: { payment_status: string }) => payment_status === 'settled';
