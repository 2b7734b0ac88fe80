import { afterEach, expect, test, vi } from 'vitest';
import { overPostgres, storeUrl, temporaryFolder } from '../testing/index.ts';
import { openStore } from './open-store.ts';

const YEAR_MS = 365 * 24 * 3_600_000;

afterEach(() => {
  vi.useRealTimers();
});

test("When the store is asked for the time, Then it is milliseconds since the epoch, and a shared store's own", async () => {
  using folder = temporaryFolder();
  const store = await openStore(await storeUrl(folder.path, 'times'), { migrations: {} });
  const now = Date.now();
  vi.useFakeTimers({ toFake: ['Date'], now: now + YEAR_MS });

  const time = await store.clock();

  const expected = overPostgres() ? now : now + YEAR_MS;
  expect(Number.isInteger(time)).toBe(true);
  expect(Math.abs(time - expected)).toBeLessThan(60_000);
  await store.close();
});
