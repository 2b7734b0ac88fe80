import { createPeerClient, envField, type PeerClient } from '@appointments/chassis';
import { createPaymentClient } from './clients/payment-client.ts';
import { createReservationClient } from './clients/reservation-client.ts';

/** The settings that say where the services are that the orchestrator calls. */
export const peerUrlFields = {
  RESERVATION_URL: envField.httpUrl.default('http://127.0.0.1:8081'),
  PAYMENT_URL: envField.httpUrl.default('http://127.0.0.1:8082'),
};

type PeerUrls = Record<keyof typeof peerUrlFields, string>;

/** A service that the orchestrator calls, and where its readiness can be asked for. */
export interface Peer {
  client: PeerClient;
  url: string;
}

export type Peers = ReturnType<typeof openPeers>;

/** One HTTP client for each of these services. */
export function openPeers(urls: PeerUrls, options: { timeoutMs: number; token: string | undefined }) {
  const open = (name: string, url: string): Peer => ({
    client: createPeerClient({ name, baseUrl: url, returnsRequestId: true, ...options }),
    url,
  });
  return {
    reservation: open('reservation', urls.RESERVATION_URL),
    payment: open('payment', urls.PAYMENT_URL),
  };
}

export type Clients = ReturnType<typeof createClients>;

/** The same services in the orchestrator's words. */
export const createClients = (peers: Peers) => ({
  reservations: createReservationClient(peers.reservation.client),
  payments: createPaymentClient(peers.payment.client),
});
