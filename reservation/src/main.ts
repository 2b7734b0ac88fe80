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
import { createReservationApp } from './app.ts';
import { readConfig } from './config.ts';
import { openReservationDatabase } from './reservation-store.ts';

// A create is one transaction, so no other request sees a key that is still running; the limit only has to exist.
const RUNNING_MS = 10_000;

await startService(async () => {
  const config = readConfig();
  const logger = createLogger({ service: 'reservation', level: config.LOG_LEVEL, format: config.LOG_FORMAT });
  const stopTracing = await startTracing('reservation', config.OTEL_EXPORTER_OTLP_ENDPOINT);
  const unlockStore = lockStore(config.DATABASE_URL);
  const database = await openReservationDatabase(config.DATABASE_URL, config.DATABASE_POOL_SIZE);
  const keyClock = await openKeyClock(database);
  const keys = createIdempotencyKeys({ runningMs: RUNNING_MS, now: keyClock.now });
  const draining = new AbortController();
  const app = createReservationApp({
    database,
    catalogue: config.DOCTORS_FILE,
    keys,
    logger,
    draining: draining.signal,
    serviceToken: config.RESERVATION_TOKEN ?? config.SERVICE_TOKEN,
  });
  const stopPruning = startPruning(database, keyClock, logger);
  await serve({
    app,
    ...listenOptions(config),
    logger,
    draining,
    close: [stopPruning, database.close, unlockStore, stopTracing],
  });
});
