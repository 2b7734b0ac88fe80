import Router from '@koa/router';
import { expect, test } from 'vitest';
import { createTestLogger, startTestServer } from '../../testing/index.ts';
import { createApp } from './create-app.ts';

async function startService() {
  const state = { ready: async () => {}, draining: new AbortController(), ...createTestLogger() };
  const server = await startTestServer(
    createApp({
      logger: state.logger,
      router: new Router(),
      ready: () => state.ready(),
      draining: state.draining.signal,
    }),
  );
  return { ...server, state };
}

test('When the store responds, Then both probes give 200 and may not be cached', async () => {
  await using service = await startService();

  for (const path of ['/livez', '/readyz']) {
    const response = await fetch(service.url + path);
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toEqual({ status: 'ok' });
  }
});

test('When the store fails, Then readyz gives 503 without a reason and livez 200; when it is back, readyz is 200', async () => {
  await using service = await startService();
  service.state.ready = () => Promise.reject(new Error('disk secret gone'));

  const refused = await fetch(`${service.url}/readyz`);
  const text = await refused.text();

  expect(refused.status).toBe(503);
  expect(JSON.parse(text)).toMatchObject({ code: 'not_ready', status: 503 });
  expect(text).not.toContain('secret');
  expect((await fetch(`${service.url}/livez`)).status).toBe(200);
  service.state.ready = async () => {};
  expect((await fetch(`${service.url}/readyz`)).status).toBe(200);
});

test('When the service drains, Then readyz gives 503, livez 200 and connections are kept', async () => {
  await using service = await startService();
  service.state.draining.abort();

  const [live, ready] = [await fetch(`${service.url}/livez`), await fetch(`${service.url}/readyz`)];

  expect([live.status, ready.status]).toEqual([200, 503]);
  expect(await ready.json()).toMatchObject({ code: 'draining' });
  expect([live, ready].map(({ headers }) => headers.get('connection'))).toEqual(['keep-alive', 'keep-alive']);
});

test.each(['POST', 'PUT', 'DELETE'])('When a probe is sent as %s, Then 405 with Allow', async (method) => {
  await using service = await startService();

  const response = await fetch(`${service.url}/livez`, { method });

  expect(response.status).toBe(405);
  expect(response.headers.get('allow')).toBe('HEAD, GET');
  expect(await response.json()).toMatchObject({ code: 'method_not_allowed' });
});

test('When a probe is sent as HEAD, Then 200 without a body', async () => {
  await using service = await startService();

  const response = await fetch(`${service.url}/livez`, { method: 'HEAD' });

  expect([response.status, await response.text()]).toEqual([200, '']);
});
