import Router from '@koa/router';
import { StoreUnavailable } from 'durable-store';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestLogger, sendRaw, startTestServer, type TestServer } from '../../testing/index.ts';
import { Problem } from '../http/problem.ts';
import { createApp } from './create-app.ts';

const CANARY = '4929123456781234';
const { logger, lines } = createTestLogger();
let server: TestServer;

beforeAll(async () => {
  const router = new Router();
  router.get('/things/:id', (ctx) => {
    ctx.body = { id: ctx.params.id };
  });
  router.put('/things/:id', (ctx) => {
    ctx.status = 204;
  });
  router.get('/broken', () => {
    throw Object.assign(new Error('secret message'), { body: CANARY, status: 418, expose: true });
  });
  router.get('/refused', () => {
    throw new Problem(409, 'taken', { headers: { 'retry-after': '7' } });
  });
  router.get('/unavailable', () => {
    throw new StoreUnavailable(new Error('disk gone'));
  });
  router.get('/not-a-problem', (ctx) => ctx.throw(400, 'secret message'));
  const draining = new AbortController().signal;
  server = await startTestServer(createApp({ logger, router, ready: async () => {}, draining }));
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(() => {
  lines.length = 0;
});

const entries = () => lines.map((line) => JSON.parse(line));

async function problemOf(path: string, init?: RequestInit) {
  const response = await fetch(server.url + path, init);
  const text = await response.text();
  expect(response.headers.get('content-type')).toContain('application/problem+json');
  expect(text).not.toMatch(/secret|node_modules|\.ts|disk gone/);
  return { response, document: JSON.parse(text) };
}

test.each(['/things/1', '/refused', '/broken', '/unavailable', '/unknown', '/livez', '/readyz', '/metrics'])(
  'When %s responds, Then nobody keeps the reply or guesses at its type',
  async (path) => {
    for (const method of ['GET', 'HEAD', 'DELETE']) {
      const { headers } = await fetch(server.url + path, { method });
      expect([headers.get('cache-control'), headers.get('x-content-type-options')]).toEqual(['no-store', 'nosniff']);
    }
  },
);

describe('what no route handles', () => {
  test('When the path is unknown, Then 404 without an echo of it', async () => {
    const { response, document } = await problemOf(`/unknown/${CANARY}?card=${CANARY}`);

    expect(response.status).toBe(404);
    expect(document).toEqual({
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      detail: 'Not Found',
      instance: '/',
      code: 'not_found',
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(lines.join()).not.toContain(CANARY);
  });

  test('When the method is wrong, Then 405 with Allow', async () => {
    const { response, document } = await problemOf('/things/1', { method: 'DELETE' });

    expect(response.status).toBe(405);
    expect(response.headers.get('allow')?.split(', ').sort()).toEqual(['GET', 'HEAD', 'PUT']);
    expect(document).toMatchObject({ code: 'method_not_allowed', instance: '/things/:id' });
  });

  // fetch sends no TRACE.
  test.each(['TRACE', 'PATCH'])('When the method is %s, which no route has, Then 405 with Allow', async (method) => {
    const [reply, missing] = await Promise.all(
      ['/things/1', '/unknown'].map((path) => sendRaw(server.url, { method, path })),
    );

    expect(reply).toMatchObject({ status: 405, headers: { allow: expect.stringContaining('PUT') } });
    expect(JSON.parse(reply?.text ?? '')).toMatchObject({ code: 'method_not_allowed', instance: '/things/:id' });
    expect(missing?.status).toBe(404);
  });

  test.each(['/things/1', '/unknown'])('When %s gets a method that HTTP does not define, Then 501', async (path) => {
    const { document } = await problemOf(path, { method: 'PROPFIND' });

    expect(document).toMatchObject({ status: 501, code: 'method_not_implemented' });
  });

  test('When the path cannot be decoded, Then the client gets 400, and the service goes on', async () => {
    const response = await fetch(`${server.url}/things/%E0%A4%A`);

    expect(response.status).toBeLessThan(500);
    expect((await fetch(`${server.url}/things/1`)).status).toBe(200);
  });

  test('When HEAD is sent, Then the reply is the one of GET without a body', async () => {
    const [found, missing] = await Promise.all(
      ['/things/1', '/unknown'].map((path) => fetch(server.url + path, { method: 'HEAD' })),
    );

    expect([found?.status, await found?.text()]).toEqual([200, '']);
    expect([missing?.status, await missing?.text()]).toEqual([404, '']);
  });
});

describe('what a handler throws', () => {
  test.each(['/broken', '/not-a-problem'])(
    'When %s throws an unexpected error, Then 500 and a log line',
    async (path) => {
      const { response, document } = await problemOf(path);

      expect(response.status).toBe(500);
      expect(document).toMatchObject({ code: 'internal_error', instance: path });
      expect(entries()).toContainEqual(
        expect.objectContaining({
          level: 'error',
          traceId: document.traceId,
          error: expect.objectContaining({
            message: 'secret message',
            stack: expect.stringContaining('create-app.test'),
          }),
        }),
      );
      expect(lines.join()).not.toContain(CANARY);
    },
  );

  test('When it is a problem of the client, Then its status and headers, and no error in the log', async () => {
    const { response, document } = await problemOf('/refused');

    expect([response.status, response.headers.get('retry-after')]).toEqual([409, '7']);
    expect(document).toMatchObject({ code: 'taken', instance: '/refused' });
    expect(entries().map(({ level }) => level)).toEqual(['info']);
  });

  test('When the store does not answer, Then 503 with Retry-After; the log has its cause and the reply has not', async () => {
    const { response, document } = await problemOf('/unavailable');

    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(document).toMatchObject({
      title: 'Service Unavailable',
      detail: 'The store does not answer.',
      code: 'store_unavailable',
    });
    expect(lines.join()).toContain('disk gone');
  });
});

describe('what every request has', () => {
  test('When a request is served, Then one line names its route, its status and never its path', async () => {
    await (await fetch(`${server.url}/things/${CANARY}?a=${CANARY}`)).text();

    expect(entries()).toEqual([
      expect.objectContaining({
        message: 'request',
        method: 'GET',
        route: '/things/:id',
        status: 200,
        ms: expect.any(Number),
      }),
    ]);
    expect(lines.join()).not.toContain(CANARY);
  });

  test('When the caller sends a trace and a request id, Then lines and problems go on with them', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const headers = {
      traceparent: `00-${traceId}-00f067aa0ba902b7-01`,
      'x-request-id': 'req-42',
      'x-call-id': 'call-7',
    };

    const { response, document } = await problemOf('/refused', { headers });

    expect(response.headers.get('x-request-id')).toBe('req-42');
    expect(response.headers.get('x-call-id')).toBe('call-7');
    expect(document.traceId).toBe(traceId);
    expect(entries()).toEqual([expect.objectContaining({ traceId, requestId: 'req-42' })]);
  });

  test.each(['<script>', 'x'.repeat(129)])(
    'When the request id is %j, Then another one is returned',
    async (requestId) => {
      const response = await fetch(`${server.url}/things/1`, { headers: { 'x-request-id': requestId } });

      expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/);
    },
  );

  test('When a probe is served, Then its line is of level debug', async () => {
    await (await fetch(`${server.url}/livez`)).text();

    expect(entries()).toEqual([expect.objectContaining({ level: 'debug', route: '/livez' })]);
  });
});
