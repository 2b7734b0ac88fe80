import { createIdempotencyKeys } from '../src/index.ts';
import { createTestLogger } from './test-logger.ts';

/** What the app of every service is made with, for a test that sends it nothing. */
export const openAppParts = () => ({
  now: Date.now,
  logger: createTestLogger().logger,
  draining: new AbortController().signal,
  keys: createIdempotencyKeys({ runningMs: 1_000, now: Date.now }),
});
