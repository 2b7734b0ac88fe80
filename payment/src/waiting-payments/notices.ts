import { createPeerClient, type PeerReply, PeerUnavailable } from '@appointments/chassis';
import { z } from 'zod';
import { presentPayment } from '../payment.ts';
import type { Payment } from '../payment-store.ts';

const TIMEOUT_MS = 2_000;

// `not_found` is our services' code for a path without a route: the URL is wrong.
const otherProblem = z.object({ code: z.string().regex(/^(?!not_found$)/) });

/**
 * Notifies the caller that made a payment that it is decided.
 *
 * @throws PeerUnavailable where it is not known to have arrived; it may be told again
 */
export type Notify = (payment: Payment, signal: AbortSignal) => Promise<void>;

export interface NoticesOptions {
  /** Where a notice about `reference` goes: `PUT {baseUrl}/{reference}`; nobody is told where it is left out. */
  baseUrl: string | undefined;
  token?: string | undefined;
}

/** Sends the notices about payments that had to wait. Who does not know the reference did not make the payment. */
export function createNotices({ baseUrl, token }: NoticesOptions) {
  if (baseUrl === undefined) return { notify: async () => {}, close: async () => {} };
  const peer = createPeerClient({
    name: 'orchestrator',
    baseUrl,
    token,
    timeoutMs: TIMEOUT_MS,
    returnsRequestId: true,
  });

  const notify: Notify = (payment, signal) => {
    const { payment_status } = presentPayment(payment);
    return peer.call('PUT', encodeURIComponent(payment.reference), {
      json: { payment_status },
      signal,
      read: (reply) => {
        if (reply.status !== 200 && !isUnknownReference(reply)) {
          throw new PeerUnavailable(peer.name, `http_${reply.status}`);
        }
      },
    });
  };

  return { notify, close: peer.close };
}

/** Whether the caller itself says that it does not know the reference, as against an address that leads elsewhere. */
const isUnknownReference = ({ status, body }: PeerReply): boolean =>
  status === 404 && otherProblem.safeParse(body).success;
