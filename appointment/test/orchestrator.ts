import { createIdempotencyKeys, type Logger } from '@appointments/chassis';
import { startTestServer } from '@appointments/chassis/testing';
import { type BackendName, peerSettings } from '../../services.ts';
import { openAccessList } from '../src/access/access-list.ts';
import { createAppointmentApp } from '../src/app.ts';
import { openAppointmentDatabase } from '../src/booking-store.ts';
import { readConfig } from '../src/config.ts';
import { openPeers } from '../src/peers.ts';
import type { WebhookEndpoint } from '../src/webhooks/endpoints.ts';
import { createSendWebhook } from '../src/webhooks/send-webhook.ts';
import type { Peer } from './peers.ts';

export interface StackOptions {
  bookingDeadlineMs?: number;
  stepTimeoutMs?: number;
  maxInFlight?: number;
  stuckAfterMs?: number;
  actionTimeoutMs?: number;
  operatorToken?: string;
  traceUrl?: string;
  /** Who may do what; booking is open to everybody where it is left out. */
  accessFile?: string;
  serviceToken?: string;
  /** Who is told of what becomes of bookings. */
  endpoints?: readonly WebhookEndpoint[];
}

export interface OrchestratorOptions
  extends Required<Omit<StackOptions, 'accessFile' | 'traceUrl'>>,
    Pick<StackOptions, 'accessFile' | 'traceUrl'> {
  peers: Record<BackendName, Peer>;
  databaseUrl: string;
  logger: Logger;
}

/** The orchestrator as its `main.ts` wires it. */
export async function openOrchestrator(options: OrchestratorOptions) {
  const { bookingDeadlineMs, maxInFlight, operatorToken, serviceToken, stuckAfterMs, actionTimeoutMs } = options;
  const { endpoints, logger } = options;
  const database = await openAppointmentDatabase(options.databaseUrl);
  const config = readConfig(peerSettings('appointment', (name) => options.peers[name].url));
  const peers = openPeers({ ...config, SERVICE_TOKEN: serviceToken.split(',') }, options.stepTimeoutMs);
  const { app, sagas } = await createAppointmentApp({
    database,
    keys: createIdempotencyKeys({ runningMs: Number.POSITIVE_INFINITY, now: Date.now }),
    peers,
    bookingDeadlineMs,
    maxInFlight,
    operatorToken,
    accessList: options.accessFile === undefined ? undefined : openAccessList(options.accessFile, logger),
    serviceToken,
    stuckAfterMs,
    actionTimeoutMs,
    traceUrl: options.traceUrl,
    webhooks: { endpoints, send: createSendWebhook({ allowPrivate: true }) },
    logger,
    draining: new AbortController().signal,
  });
  const server = await startTestServer(app);

  async function endConnections(): Promise<void> {
    await Promise.all([...Object.values(peers).map(({ client }) => client.close()), server[Symbol.asyncDispose]()]);
  }

  return {
    url: server.url,
    database,
    /** Ends as the process does on SIGTERM, with no time left for what is under way. */
    async shutdown(): Promise<void> {
      await sagas.close();
      await endConnections();
      await database.close();
    },
    /** Ends with not another word to the store, as a process that is killed. */
    async crash(): Promise<void> {
      await database.close();
      await sagas.close();
      await endConnections();
    },
  };
}
