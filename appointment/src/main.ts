import {
  createIdempotencyKeys,
  createLogger,
  listenOptions,
  openKeyClock,
  serve,
  startPruning,
  startService,
  startTracing,
} from '@appointments/chassis';
import { lockStore } from 'durable-store';
import { openAccessList } from './access/access-list.ts';
import { createAppointmentApp } from './app.ts';
import { openAppointmentDatabase } from './booking-store.ts';
import { readConfig } from './config.ts';
import { startFillingNameKeys } from './fill-name-keys.ts';
import { openPeers, peerTokens } from './peers.ts';
import { createSendWebhook } from './webhooks/send-webhook.ts';

const SAFE_TOKEN_LENGTH = 16;
// After the last request: time for undoing that is under way; what takes longer is the next process's to finish.
const SAGA_GRACE_MS = 1_000;

await startService(async () => {
  const config = readConfig();
  const logger = createLogger({ service: 'appointment', level: config.LOG_LEVEL, format: config.LOG_FORMAT });
  if (config.OPERATOR_TOKEN && config.OPERATOR_TOKEN.length < SAFE_TOKEN_LENGTH) {
    logger.warn('OPERATOR_TOKEN is short enough to be guessed', { safeLength: SAFE_TOKEN_LENGTH });
  }
  const stopTracing = await startTracing('appointment', config.OTEL_EXPORTER_OTLP_ENDPOINT);
  const unlockStore = lockStore(config.DATABASE_URL);
  const database = await openAppointmentDatabase(config.DATABASE_URL, config.DATABASE_POOL_SIZE);
  const keyClock = await openKeyClock(database);
  // A booking that is under way is the saga log's business, so its key stays taken until the saga has an outcome.
  const keys = createIdempotencyKeys({ runningMs: Number.POSITIVE_INFINITY, now: keyClock.now });
  const peers = openPeers(config, config.STEP_TIMEOUT_MS);
  const draining = new AbortController();
  const { app, sagas } = await createAppointmentApp({
    database,
    keys,
    peers,
    bookingDeadlineMs: config.BOOKING_DEADLINE_MS,
    maxInFlight: config.MAX_IN_FLIGHT,
    logger,
    draining: draining.signal,
    operatorToken: config.OPERATOR_TOKEN,
    accessList: config.ACCESS_FILE ? openAccessList(config.ACCESS_FILE, logger) : undefined,
    serviceToken: peerTokens(config).payment,
    stuckAfterMs: config.STUCK_AFTER_MS,
    actionTimeoutMs: config.PAYMENT_ACTION_TIMEOUT_MS,
    traceUrl: config.TRACE_URL,
    webhooks: {
      endpoints: config.WEBHOOKS_FILE,
      send: createSendWebhook({ allowPrivate: config.WEBHOOK_ALLOW_PRIVATE === 'true' }),
    },
  });
  const stopPruning = startPruning(database, keyClock, logger);
  const { stop: stopFilling } = startFillingNameKeys(database, logger);
  const close = [
    stopPruning,
    stopFilling,
    () => sagas.close({ graceMs: SAGA_GRACE_MS }),
    ...Object.values(peers).map(({ client }) => client.close),
    database.close,
    unlockStore,
    stopTracing,
  ];
  await serve({ app, ...listenOptions(config), logger, draining, close });
});
