import { createPeerClient, PeerUnavailable } from '@appointments/chassis';
import { presentPayment } from '../payment.ts';
import type { Payment } from '../payment-store.ts';

const TIMEOUT_MS = 2_000;

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
      read: ({ status }) => {
        if (status !== 200 && status !== 404) throw new PeerUnavailable(peer.name, `http_${status}`);
      },
    });
  };

  return { notify, close: peer.close };
}
