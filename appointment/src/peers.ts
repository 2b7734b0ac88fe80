import { createPeerClient, type ErasureOfReferences, envField, type PeerClient } from '@appointments/chassis';
import { createPaymentClient } from './clients/payment-client.ts';
import { createReservationClient } from './clients/reservation-client.ts';

/** The settings that say where the services are that the orchestrator calls. */
export const peerUrlFields = {
  RESERVATION_URL: envField.httpUrl.default('http://127.0.0.1:8081'),
  PAYMENT_URL: envField.httpUrl.default('http://127.0.0.1:8082'),
};

type PeerUrls = Record<keyof typeof peerUrlFields, string>;

/** The settings with the tokens of the services that the orchestrator calls, and that call it; a service's own goes before the common one. */
export const peerTokenFields = {
  SERVICE_TOKEN: envField.secretTokens.optional(),
  RESERVATION_TOKEN: envField.secretTokens.optional(),
  PAYMENT_TOKEN: envField.secretTokens.optional(),
};

type PeerTokenLists = { [Name in keyof typeof peerTokenFields]?: readonly string[] | undefined };

/** What each of these services takes from the orchestrator and sends to it: the first is sent, all are taken. */
export const peerTokens = ({ SERVICE_TOKEN = [], RESERVATION_TOKEN, PAYMENT_TOKEN }: PeerTokenLists) => ({
  reservation: RESERVATION_TOKEN ?? SERVICE_TOKEN,
  payment: PAYMENT_TOKEN ?? SERVICE_TOKEN,
});

/** A service that the orchestrator calls, and where its readiness can be asked for. */
export interface Peer {
  client: PeerClient;
  url: string;
}

export type Peers = ReturnType<typeof openPeers>;

/** One HTTP client for each of these services. */
export function openPeers({ RESERVATION_URL, PAYMENT_URL, ...tokens }: PeerUrls & PeerTokenLists, timeoutMs: number) {
  const sent = peerTokens(tokens);
  const open = (name: keyof typeof sent, url: string): Peer => ({
    client: createPeerClient({ name, baseUrl: url, returnsRequestId: true, timeoutMs, token: sent[name][0] }),
    url,
  });
  return { reservation: open('reservation', RESERVATION_URL), payment: open('payment', PAYMENT_URL) };
}

export type Clients = ReturnType<typeof createClients>;

/** The same services in the orchestrator's words. */
export const createClients = (peers: Peers) => ({
  reservations: createReservationClient(peers.reservation.client),
  payments: createPaymentClient(peers.payment.client),
});

/** The services that keep something of a booking under its id. A patient is erased in this order; removals have their own. */
export const KEEPERS = ['reservation', 'payment'] as const;

export type Keeper = (typeof KEEPERS)[number];

/** What the orchestrator asks of each of them. */
interface KeeperClient {
  erase(erasure: ErasureOfReferences, signal: AbortSignal): Promise<number>;
  remove(references: readonly string[], signal: AbortSignal): Promise<unknown>;
}

/** The clients of the services that keep something of a booking. */
export const keepersOf = ({ reservations, payments }: Clients) =>
  ({ reservation: reservations, payment: payments }) satisfies Record<Keeper, KeeperClient>;

/** A value for each of the services that keep something of a booking. */
export const mapKeepers = <Value>(make: (keeper: Keeper) => Value) =>
  Object.fromEntries(KEEPERS.map((keeper) => [keeper, make(keeper)])) as Record<Keeper, Value>;
