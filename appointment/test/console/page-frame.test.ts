import { startTestServer } from '@appointments/chassis/testing';
import { StoreUnavailable } from 'durable-store';
import Koa from 'koa';
import { expect, test } from 'vitest';
import { pageFrame } from '../../src/console/page-frame.ts';

test('When the store does not respond, Then the page says so with 503 and Retry-After', async () => {
  const app = new Koa();
  app.use(pageFrame()).use(() => {
    throw new StoreUnavailable(new Error('disk gone'));
  });
  await using server = await startTestServer(app);

  const response = await fetch(server.url);

  expect(response.status).toBe(503);
  expect(response.headers.get('retry-after')).toBe('1');
  expect(response.headers.get('content-type')).toContain('text/html');
  expect(await response.text()).toMatch(/^(?!.*disk gone).*The store does not answer/s);
});
