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
import { lockStore, openSteadyClock } from 'durable-store';
import { createPaymentApp } from './app.ts';
import { chooseGateway } from './choose-gateway.ts';
import { readConfig } from './config.ts';
import { openPaymentDatabase } from './payment-store.ts';
import { createReversals, startReversals } from './reversal.ts';
import { createNotices } from './waiting-payments/notices.ts';

// A charge and its reversal, each sent twice, and time for the store: a retry must not claim a key that is still running.
const CALLS_IN_A_ROW = 4;
const STORE_MS = 10_000;

// After the last request, for waits that have just ended; what takes longer is the next process's to finish.
const SAGA_GRACE_MS = 1_000;

await startService(async () => {
  const config = readConfig();
  const logger = createLogger({ service: 'payment', level: config.LOG_LEVEL, format: config.LOG_FORMAT });
  const stopTracing = await startTracing('payment', config.OTEL_EXPORTER_OTLP_ENDPOINT);
  const unlockStore = lockStore(config.DATABASE_URL);
  const database = await openPaymentDatabase(config.DATABASE_URL, config.DATABASE_POOL_SIZE);
  const keyClock = await openKeyClock(database);
  const now = await openSteadyClock(database);
  const keys = createIdempotencyKeys({
    runningMs: config.GATEWAY_TIMEOUT_MS * CALLS_IN_A_ROW + STORE_MS,
    now: keyClock.now,
  });
  // Where no other process uses the store, the requests that the last process died in can be retried at once.
  if (!database.shared) await database.transaction((tables) => keys.releaseAll(tables));
  const { gateway, webhookSecrets, isSandbox } = chooseGateway(config, database);
  const tokens = config.PAYMENT_TOKEN ?? config.SERVICE_TOKEN;
  const notices = createNotices({ baseUrl: config.PAYMENT_NOTICE_URL, token: tokens?.[0] });
  const reversals = createReversals({ database, gateway, now });
  const draining = new AbortController();
  const { app, close: closeWaits } = await createPaymentApp({
    database,
    gateway,
    reversals,
    keys,
    logger,
    draining: draining.signal,
    serviceToken: tokens,
    webhookSecrets,
    isSandbox,
    notify: notices.notify,
    actionTimeoutMs: config.PAYMENT_ACTION_TIMEOUT_MS,
    now,
  });
  const stopPruning = startPruning(database, keyClock, logger);
  const stopReversals = startReversals(reversals, logger);
  const close = [
    stopPruning,
    stopReversals,
    () => closeWaits({ graceMs: SAGA_GRACE_MS }),
    notices.close,
    database.close,
    unlockStore,
    stopTracing,
  ];
  await serve({ app, ...listenOptions(config), logger, draining, close });
});
