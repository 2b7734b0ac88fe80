import { type ErasureOfReferences, type PeerClient, type PeerReply, PeerUnavailable } from '@appointments/chassis';
import { Refusal } from 'durable-saga';
import { z } from 'zod';
import { callErase } from './call-erase.ts';
import { parseReply } from './parse-reply.ts';
import {
  isRefunded,
  readDecision,
  readKnownPayment,
  readPayment,
  type Settlement,
  type WaitingPayment,
} from './payment-replies.ts';

const gatewayReply = z.object({
  gateway: z.string(),
  testCards: z.array(z.object({ number: z.string(), outcome: z.string() })),
});

/** A card of the sandbox, and what it does. */
export type TestCard = z.output<typeof gatewayReply>['testCards'][number];

const paymentsReply = z.object({ items: z.array(z.object({ reference: z.string() })) });

const keptReply = z.object({ kept: z.array(z.string()) });

export type PaymentClient = ReturnType<typeof createPaymentClient>;

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
  ): Promise<Settlement | WaitingPayment> {
    const read = (reply: PeerReply) => readPayment(peer.name, reply);
    return peer.call('POST', 'payment/makePayment', { json: payment, idempotencyKey: bookingId, signal, read });
  }

  async function query<Result>(
    bookingId: string,
    signal: AbortSignal,
    read: (peer: string, reply: PeerReply) => Result,
  ): Promise<Result> {
    const path = `payment/payments/${encodeURIComponent(bookingId)}`;
    return peer.call('GET', path, { signal, read: (reply) => read(peer.name, reply) });
  }

  /**
   * @returns the payment where it is settled, or waits for its cardholder; undefined where there is none, or none any more
   * @throws PeerUnavailable
   */
  const find = (bookingId: string, signal: AbortSignal) => query(bookingId, signal, readKnownPayment);

  /**
   * Asks what became of a payment that waited for its cardholder.
   *
   * @returns the settlement, or undefined while it is not decided
   * @throws Refusal with status 402 where it was declined or voided; PeerUnavailable
   */
  const findDecision = (bookingId: string, signal: AbortSignal) => query(bookingId, signal, readDecision);

  /**
   * Gives the booking's money back, or bars a payment that is still on its way.
   *
   * @param paid what is known of the payment; where it is settled only a refund will do, and a payment service that knows
   * of nothing to refund has lost something
   * @throws Refusal `not_refunded`: a person must look; PeerUnavailable
   */
  async function refund(bookingId: string, signal: AbortSignal, paid?: Settlement | WaitingPayment): Promise<void> {
    await peer.call('PUT', `payment/refunds/${encodeURIComponent(bookingId)}`, {
      signal,
      read: (reply) => {
        if (reply.status !== 200) throw new PeerUnavailable(peer.name, `http_${reply.status}`);
        if (paid?.payment_status === 'settled' && !isRefunded(reply)) throw new Refusal('not_refunded');
      },
    });
  }

  /**
   * @returns the id of the booking that has a payment; undefined where none has
   * @throws PeerUnavailable
   */
  async function referenceOf(paymentId: string, signal: AbortSignal): Promise<string | undefined> {
    const read = (reply: PeerReply) => parseReply(peer.name, paymentsReply, reply).items[0]?.reference;
    return peer.call('GET', `payment/payments?payment_id=${encodeURIComponent(paymentId)}`, { signal, read });
  }

  /**
   * @returns which gateway charges are made at: `sandbox`, which moves no money and has test cards, or another
   * @throws PeerUnavailable
   */
  async function gateway(signal: AbortSignal): Promise<z.output<typeof gatewayReply>> {
    return peer.call('GET', 'payment/gateway', { signal, read: (reply) => parseReply(peer.name, gatewayReply, reply) });
  }

  const erase = (erasure: ErasureOfReferences, signal: AbortSignal): Promise<number> =>
    callErase(peer, 'payment/erasures', erasure, signal);

  /**
   * Removes payments that are no longer kept, and tombstones. Harmless when done twice.
   *
   * @returns the references that stay, because they are not decided or owe money
   * @throws PeerUnavailable
   */
  async function remove(references: readonly string[], signal: AbortSignal): Promise<string[]> {
    const read = (reply: PeerReply) => parseReply(peer.name, keptReply, reply).kept;
    return peer.call('POST', 'payment/removals', { json: { references }, signal, read });
  }

  return { pay, find, findDecision, refund, referenceOf, gateway, erase, remove };
}
