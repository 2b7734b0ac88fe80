import { type PeerClient, type PeerReply, PeerUnavailable } from '@appointments/chassis';
import { Refusal } from 'durable-saga';
import { z } from 'zod';
import { problemCode } from './problem-code.ts';
import { UnprovenRefusal } from './unproven-refusal.ts';

const settlement = z.object({ payment_status: z.literal('settled'), payment_id: z.string() });
const known = z.object({ payment_status: z.string() });
const refunded = z.object({ payment_status: z.literal('refunded') });
const declined = z.object({ payment_status: z.literal('declined') });

/** The payment service's response to a payment that is settled, in the guide's order. */
export type Settlement = z.output<typeof settlement>;

export type PaymentClient = ReturnType<typeof createPaymentClient>;

/** Only the service's own problem document is a definite no. */
function toRefusal(status: number, code: string | undefined): Error {
  const clientStatus = status === 402 ? 402 : 503;
  if (code !== undefined) return new Refusal(code, { status: clientStatus });
  return new UnprovenRefusal(status === 402 ? 'card_declined' : 'payment_refused', clientStatus);
}

/** The payment service in the orchestrator's words. Every call is addressed by the booking's id and may be retried. */
export function createPaymentClient(peer: PeerClient) {
  /**
   * @param payment `amount` is a decimal string such as `"1000.00"`
   * @throws Refusal, UnprovenRefusal with status 402 where the card is declined, and 503 for any other no, which is not
   * the client's fault; PeerUnavailable
   */
  async function pay(
    bookingId: string,
    payment: { name: string; cardNum: string; amount: string },
    signal: AbortSignal,
  ): Promise<Settlement> {
    return peer.call('POST', 'payment/makePayment', {
      json: payment,
      idempotencyKey: bookingId,
      signal,
      read: readSettlement,
    });
  }

  /** @returns the settlement where the booking was paid, undefined where it was not or no longer is */
  async function findSettled(bookingId: string, signal: AbortSignal): Promise<Settlement | undefined> {
    const path = `payment/payments/${encodeURIComponent(bookingId)}`;
    return peer.call('GET', path, { signal, read: (reply) => readWhetherSettled(peer.name, reply) });
  }

  /**
   * Gives the booking's money back, or bars a payment that is still on its way.
   *
   * @param settled what is known to have been paid; then only a refund will do, and a payment service that knows of
   * nothing to refund has lost something
   * @throws Refusal `not_refunded`: a person must look; PeerUnavailable
   */
  async function refund(bookingId: string, signal: AbortSignal, settled?: Settlement): Promise<void> {
    await peer.call('PUT', `payment/refunds/${encodeURIComponent(bookingId)}`, {
      signal,
      read: ({ status, body }) => {
        if (status !== 200) throw new PeerUnavailable(peer.name, `http_${status}`);
        if (settled && !refunded.safeParse(body).success) throw new Refusal('not_refunded');
      },
    });
  }

  function readSettlement(reply: PeerReply): Settlement {
    const { data: settled } = settlement.safeParse(reply.body);
    if (settled && reply.status < 400) return settled;
    const code = problemCode(reply);
    if (code === 'request_in_progress') throw new PeerUnavailable(peer.name, 'in_progress');
    const isDeclined = declined.safeParse(reply.body).success;
    if (isDeclined) throw new Refusal(code ?? 'card_declined', { status: 402 });
    if (reply.status >= 400) throw toRefusal(reply.status, code);
    throw new PeerUnavailable(peer.name, 'bad_reply');
  }

  return { pay, findSettled, refund };
}

function readWhetherSettled(peer: string, { status, body }: PeerReply): Settlement | undefined {
  if (status === 404) return undefined;
  if (status >= 400) throw new PeerUnavailable(peer, `http_${status}`);
  if (status !== 200 || !known.safeParse(body).success) throw new PeerUnavailable(peer, 'bad_reply');
  return settlement.safeParse(body).data;
}
