import { type PeerClient, type PeerReply, PeerUnavailable } from '@appointments/chassis';
import { Refusal } from 'durable-saga';
import { z } from 'zod';
import { problemCode } from './problem-code.ts';
import { UnprovenRefusal } from './unproven-refusal.ts';

const settlement = z.object({ payment_status: z.literal('settled'), payment_id: z.string() });
const action = z.object({
  payment_status: z.literal('requires_action'),
  payment_id: z.string(),
  next_action: z.object({ type: z.literal('redirect'), url: z.url({ protocol: /^https?$/ }) }),
});
const known = z.object({ payment_status: z.string() });
const refunded = z.object({ payment_status: z.literal('refunded') });
const declined = z.object({ payment_status: z.literal('declined') });

/** The payment service's response to a payment that is settled, in the guide's order. */
export type Settlement = z.output<typeof settlement>;

/** Its response to a payment that the cardholder has to confirm first, at `next_action.url`. */
export type RequiredAction = z.output<typeof action>;

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
   * @param payment `amount` is a decimal string such as `"1000.00"`; made with one of `cardNum`, digits only, and
   * `paymentToken`
   * @throws Refusal, UnprovenRefusal with status 402 where the card is declined, and 503 for any other no, which is not
   * the client's fault; PeerUnavailable
   */
  async function pay(
    bookingId: string,
    payment: { name: string; amount: string; cardNum?: string; paymentToken?: string | undefined },
    signal: AbortSignal,
  ): Promise<Settlement | RequiredAction> {
    return peer.call('POST', 'payment/makePayment', {
      json: payment,
      idempotencyKey: bookingId,
      signal,
      read: readPayment,
    });
  }

  /**
   * @returns the payment where it is settled, or waits for its cardholder; undefined where there is none, or none any more
   * @throws PeerUnavailable
   */
  async function find(bookingId: string, signal: AbortSignal): Promise<Settlement | RequiredAction | undefined> {
    return look(bookingId, signal, readStanding);
  }

  /**
   * Asks what became of a payment that waited for its cardholder.
   *
   * @returns the settlement, or undefined while it is not decided
   * @throws Refusal with status 402 where it was declined or voided; PeerUnavailable
   */
  async function findDecision(bookingId: string, signal: AbortSignal): Promise<Settlement | undefined> {
    return look(bookingId, signal, readDecision);
  }

  function look<Result>(bookingId: string, signal: AbortSignal, read: (reply: PeerReply) => Result): Promise<Result> {
    return peer.call('GET', `payment/payments/${encodeURIComponent(bookingId)}`, { signal, read });
  }

  /**
   * Gives the booking's money back, or bars a payment that is still on its way.
   *
   * @param paid what is known to have been paid; then only a refund will do, and a payment service that knows of
   * nothing to refund has lost something
   * @throws Refusal `not_refunded`: a person must look; PeerUnavailable
   */
  async function refund(bookingId: string, signal: AbortSignal, paid?: Settlement | RequiredAction): Promise<void> {
    await peer.call('PUT', `payment/refunds/${encodeURIComponent(bookingId)}`, {
      signal,
      read: ({ status, body }) => {
        if (status !== 200) throw new PeerUnavailable(peer.name, `http_${status}`);
        const isSettled = paid?.payment_status === 'settled';
        if (isSettled && !refunded.safeParse(body).success) throw new Refusal('not_refunded');
      },
    });
  }

  function readPayment(reply: PeerReply): Settlement | RequiredAction {
    const payment = standing(reply.body);
    if (payment && reply.status < 400) return payment;
    const code = problemCode(reply);
    if (code === 'request_in_progress') throw new PeerUnavailable(peer.name, 'in_progress');
    const isDeclined = declined.safeParse(reply.body).success;
    if (isDeclined) throw new Refusal(code ?? 'card_declined', { status: 402 });
    if (reply.status >= 400) throw toRefusal(reply.status, code);
    throw new PeerUnavailable(peer.name, 'bad_reply');
  }

  /** @returns the status of a payment that is known, undefined for one that is not */
  function readStatus({ status, body }: PeerReply): string | undefined {
    if (status === 404) return undefined;
    const { data } = known.safeParse(body);
    if (status !== 200 || !data) throw new PeerUnavailable(peer.name, 'bad_reply');
    return data.payment_status;
  }

  function readStanding(reply: PeerReply): Settlement | RequiredAction | undefined {
    return readStatus(reply) === undefined ? undefined : standing(reply.body);
  }

  function readDecision(reply: PeerReply): Settlement | undefined {
    const status = readStatus(reply);
    if (status === 'requires_action' || status === undefined) return undefined;
    const { data: settled } = settlement.safeParse(reply.body);
    if (settled) return settled;
    throw new Refusal(status === 'declined' ? 'card_declined' : 'payment_voided', { status: 402 });
  }

  return { pay, find, findDecision, refund };
}

function standing(body: unknown): Settlement | RequiredAction | undefined {
  return settlement.safeParse(body).data ?? action.safeParse(body).data;
}
