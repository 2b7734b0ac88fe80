import { type PeerReply, PeerUnavailable } from '@appointments/chassis';
import { Refusal } from 'durable-saga';
import { z } from 'zod';
import { problemCode } from './problem-code.ts';
import { UnprovenRefusal } from './unproven-refusal.ts';

/** What the payment service responds to a payment that is settled. */
export const settlement = z.object({ payment_status: z.literal('settled'), payment_id: z.string() });
const waiting = z.discriminatedUnion('payment_status', [
  z.object({
    payment_status: z.literal('requires_action'),
    payment_id: z.string(),
    next_action: z.object({ type: z.literal('redirect'), url: z.url({ protocol: /^https?$/ }) }),
  }),
  z.object({ payment_status: z.literal('processing'), payment_id: z.string() }),
]);
const known = z.object({ payment_status: z.string() });
const refunded = z.object({ payment_status: z.literal('refunded') });
const declined = z.object({ payment_status: z.literal('declined') });

/** The payment service's response to a payment that is settled, in the guide's order. */
export type Settlement = z.output<typeof settlement>;

/** Its response to a payment that the cardholder has to confirm first, at `next_action.url`, or that its gateway decides later. */
export type WaitingPayment = z.output<typeof waiting>;

/** Whether this is the response to a refund of money that had moved. */
export const isRefunded = ({ body }: PeerReply): boolean => refunded.safeParse(body).success;

/** Reads the response to makePayment; `PaymentClient.pay` has what it throws. */
export function readPayment(peer: string, reply: PeerReply): Settlement | WaitingPayment {
  const payment = reply.status < 400 ? settledOrWaiting(reply.body) : undefined;
  if (payment) return payment;
  const code = problemCode(reply);
  if (code === 'request_in_progress') throw new PeerUnavailable(peer, 'in_progress');
  if (declined.safeParse(reply.body).success) throw new Refusal(code ?? 'card_declined', { status: 402 });
  if (reply.status >= 400) throw toRefusal(reply.status, code);
  throw new PeerUnavailable(peer, 'bad_reply');
}

/** Reads what is known of a payment: settled or waiting for its cardholder; undefined where it is neither. */
export function readKnownPayment(peer: string, reply: PeerReply): Settlement | WaitingPayment | undefined {
  return readStatus(peer, reply) === undefined ? undefined : settledOrWaiting(reply.body);
}

/**
 * Reads what became of a payment that waited for its cardholder; undefined where it is not decided.
 *
 * @throws Refusal with status 402 where it was declined or voided
 */
export function readDecision(peer: string, reply: PeerReply): Settlement | undefined {
  const status = readStatus(peer, reply);
  if (status === 'requires_action' || status === undefined) return undefined;
  const { data: settled } = settlement.safeParse(reply.body);
  if (settled) return settled;
  throw new Refusal(status === 'declined' ? 'card_declined' : 'payment_voided', { status: 402 });
}

function readStatus(peer: string, { status, body }: PeerReply): string | undefined {
  if (status === 404) return undefined;
  if (status >= 400) throw new PeerUnavailable(peer, `http_${status}`);
  const { data } = known.safeParse(body);
  if (status !== 200 || !data) throw new PeerUnavailable(peer, 'bad_reply');
  return data.payment_status;
}

function settledOrWaiting(body: unknown): Settlement | WaitingPayment | undefined {
  return settlement.safeParse(body).data ?? waiting.safeParse(body).data;
}

/** Only the service's own problem document is a definite no. */
function toRefusal(status: number, code: string | undefined): Error {
  const clientStatus = status === 402 ? 402 : 503;
  if (code !== undefined) return new Refusal(code, { status: clientStatus });
  return new UnprovenRefusal(status === 402 ? 'card_declined' : 'payment_refused', clientStatus);
}
