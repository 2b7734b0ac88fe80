import { openStore, type Store } from 'durable-store';
import { afterEach, expect, test, vi } from 'vitest';
import { postgresForFile } from '../../../../store/testing/postgres-for-file.ts';
import { createRateLimiter } from './rate-limiter.ts';
import { rateLimitsMigration } from './rate-limits-migration.ts';

const HOUR_MS = 3_600_000;
const rate = { quota: 2, windowSeconds: 600 };
const postgres = postgresForFile();
const realNow = Date.now;
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const open = (url: string) => openStore<object>(url, { migrations: { 'rate-limits': rateLimitsMigration } });
const limiterOver = (store: Store<object>) =>
  createRateLimiter({ name: 'requests', rate, store, now: () => realNow() });

test('When a key has had as many as it may, Then what is left is said, others go on, and time begins anew', async () => {
  const { spend } = limiterOver(await open('memory:'));
  vi.useFakeTimers();

  expect(await spend('ada')).toMatchObject({ allowed: true, remaining: 1, resetSeconds: 600 });
  vi.advanceTimersByTime(599_500);
  expect(await spend('ada')).toMatchObject({ allowed: true, remaining: 0, resetSeconds: 1 });
  expect(await spend('ada')).toMatchObject({ allowed: false, spent: 3, remaining: 0, resetSeconds: 1 });
  expect(await spend('bob')).toMatchObject({ allowed: true, remaining: 1 });
  vi.advanceTimersByTime(500);
  expect(await spend('ada')).toMatchObject({ allowed: true, remaining: 1, resetSeconds: 600 });
});

test('When processes share a store, Then they count together, also where one’s wall clock is an hour off', async () => {
  const url = await postgres.newDatabase();
  const stores = [await open(url), await open(url)] as const;
  const [here, there] = [limiterOver(stores[0]), limiterOver(stores[1])];

  expect(await here.spend('ada')).toMatchObject({ spent: 1 });
  for (const [offset, spent] of [
    [HOUR_MS, 2],
    [-HOUR_MS, 3],
  ] as const) {
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => realNow() + offset);
    const allowance = await there.spend('ada');
    clock.mockRestore();
    expect(allowance).toMatchObject({ spent, allowed: spent <= 2 });
    expect(allowance.resetSeconds).toBeGreaterThan(500);
  }
  expect(await here.spend('ada')).toMatchObject({ spent: 4, allowed: false });
  expect(await here.spend('bob')).toMatchObject({ spent: 1 });
  await Promise.all(stores.map((store) => store.close()));
});

test('When the store is away, Then nobody is refused for it, and the process counts by itself', async () => {
  const store = await open(await postgres.newDatabase());
  const { spend } = limiterOver(store);
  await spend('ada');
  await spend('ada');
  await postgres.server.stop('immediate');

  const allowances = [await spend('ada'), await spend('ada'), await spend('ada')];

  expect(allowances.map(({ allowed }) => allowed)).toEqual([true, true, false]);
  await postgres.server.start();
  await store.close();
});

test('When a key is over its rate, Then it takes none of the store’s time until the next window', async () => {
  const store = await open(await postgres.newDatabase());
  let transactions = 0;
  const { transaction } = store;
  store.transaction = (work, options) => {
    transactions += 1;
    return transaction(work, options);
  };
  const { spend } = limiterOver(store);
  await spend('ada');
  await spend('ada');

  const allowances = [await spend('ada'), await spend('ada'), await spend('ada')];

  expect(allowances.map(({ allowed, remaining }) => [allowed, remaining])).toEqual(Array(3).fill([false, 0]));
  expect(transactions).toBe(3);
  expect(await spend('bob')).toMatchObject({ allowed: true });
  await store.close();
});
