import Router from '@koa/router';
import { expect, test } from 'vitest';
import { createTestLogger, startTestServer } from '../../testing/index.ts';
import { createApp } from '../service/create-app.ts';
import { createMetrics } from './metrics.ts';
import { storeGauge } from './store-gauge.ts';

const PROMPT_MS = 900;

/** A service whose store does what the test says. */
async function startService() {
  const { logger } = createTestLogger();
  const metrics = createMetrics();
  const store = { responds: async (): Promise<void> => {}, asked: 0 };
  const read = async () => {
    store.asked += 1;
    await store.responds();
    return [{ labels: { status: 'stuck' }, value: 7 }];
  };
  storeGauge({ name: 'things_unfinished', help: 'Things.', labelNames: ['status'], registry: metrics, read });
  storeGauge({
    name: 'things',
    help: 'Things.',
    registry: metrics,
    read: async () => (await read()).map(({ value }) => ({ value })),
  });
  const draining = new AbortController().signal;
  const ready = () => store.responds();
  const server = await startTestServer(createApp({ logger, metrics, router: new Router(), ready, draining }));
  async function scrape() {
    const began = performance.now();
    const response = await fetch(`${server.url}/metrics`);
    return { status: response.status, page: await response.text(), ms: performance.now() - began };
  }
  return { store, scrape, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

test('When the store responds, Then the page has what is read from it', async () => {
  await using service = await startService();

  const { page } = await service.scrape();

  expect(page).toContain('\nstore_up 1\n');
  expect(page).toContain('\nthings_unfinished{status="stuck"} 7\n');
  expect(page).toContain('\nthings 7\n');
});

test.each([
  ['is away', () => Promise.reject(new Error('away'))],
  ['hangs', () => new Promise<void>(() => {})],
])('When the store %s, Then the page comes at once, without what needs it, and says so', async (_what, responds) => {
  await using service = await startService();
  await service.scrape();
  service.store.responds = responds;

  for (let scrapes = 0; scrapes < 3; scrapes += 1) {
    const { status, page, ms } = await service.scrape();
    expect(status).toBe(200);
    expect(ms).toBeLessThan(PROMPT_MS);
    expect(page).toContain('\nstore_up 0\n');
    expect(page).toContain('\nprocess_cpu_seconds_total ');
    expect(page).not.toMatch(/\nthings(_unfinished)?[ {]/);
  }

  service.store.responds = async () => {};
});

test('When the store hangs, Then scrapes do not pile up on it', async () => {
  await using service = await startService();
  service.store.responds = () => new Promise(() => {});

  for (let scrapes = 0; scrapes < 4; scrapes += 1) await service.scrape();

  expect(service.store.asked).toBe(2);
});
