import Router from '@koa/router';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestLogger, startTestServer, type TestServer } from '../../../testing/index.ts';
import { createApp } from '../../service/create-app.ts';
import { defineRoute } from '../define-route.ts';
import { jsonReply } from '../reply.ts';
import { holdsBearerToken } from './service-token.ts';

const TOKEN = 'a-token-of-some-length';
const { logger, lines } = createTestLogger();
let server: TestServer;

beforeAll(async () => {
  const router = new Router();
  router.get('/pages/:id', (ctx) => {
    ctx.body = { ok: true };
  });
  const api = { title: 'Things', description: 'Things.', tokens: { serviceToken: 'A token.' }, guard: 'serviceToken' };
  const routes = [thing('/thing', {}), thing('/open/:id', { open: true })];
  const draining = new AbortController().signal;
  const ready = async () => {};
  const options = { logger, api: { ...api, routes }, router, ready, draining, serviceToken: TOKEN };
  server = await startTestServer(createApp(options));
});

const thing = (path: string, options: { open?: boolean }) =>
  defineRoute({
    method: 'get',
    path,
    operationId: path.replace(/\W+/g, '_'),
    tag: 'Things',
    summary: 'A thing',
    ...options,
    replies: { 200: { description: 'The thing.' } },
    handler: () => jsonReply(200, { ok: true }),
  });
afterAll(() => server[Symbol.asyncDispose]());

test.each([`Bearer ${TOKEN}`, `bearer ${TOKEN}`, `Bearer   ${TOKEN}`])(
  'When %j is sent, Then the request is served',
  async (authorization) => {
    expect((await fetch(`${server.url}/thing`, { headers: { authorization } })).status).toBe(200);
  },
);

test.each([
  undefined,
  '',
  'Bearer',
  'Bearer ',
  TOKEN,
  `Basic ${TOKEN}`,
  `Bearer ${TOKEN}x`,
  `Bearer ${TOKEN.slice(1)}`,
  `Bearer ${TOKEN.toUpperCase()}`,
  `Bearer Bearer ${TOKEN}`,
])('When %j is sent, Then 401 on every route, known or not', async (authorization) => {
  for (const path of ['/thing', '/unknown']) {
    const response = await fetch(server.url + path, { headers: authorization === undefined ? {} : { authorization } });
    const text = await response.text();

    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
    expect(JSON.parse(text)).toMatchObject({ code: 'unauthorized' });
    expect(text + lines.join()).not.toContain(TOKEN);
  }
});

test('When a route is open, Then its document asks for no token', async () => {
  const response = await fetch(`${server.url}/openapi.json`, { headers: { authorization: `Bearer ${TOKEN}` } });
  const { paths } = (await response.json()) as { paths: Record<string, { get: { security: unknown } }> };
  expect(paths['/open/{id}']?.get.security).toEqual([]);
  expect(paths['/thing']?.get.security).toEqual([{ serviceToken: [] }, {}]);
});

test.each(['/livez', '/readyz', '/metrics', '/open/1', '/pages/1'])(
  'When %s is requested without a token, Then it is served',
  async (path) => {
    expect((await fetch(server.url + path)).status).toBe(200);
  },
);

test('When there are several tokens, Then each opens, and what they are written as does not', () => {
  for (const token of ['old', 'new']) expect(holdsBearerToken(`Bearer ${token}`, ['old', 'new'])).toBe(true);
  for (const token of ['old,new', 'older', '']) expect(holdsBearerToken(`Bearer ${token}`, ['old', 'new'])).toBe(false);
  expect(holdsBearerToken('Bearer old', [])).toBe(false);
});

test('When the header is not a bearer token at all, Then it does not hold one', () => {
  expect(holdsBearerToken('', TOKEN)).toBe(false);
  expect(holdsBearerToken(TOKEN, TOKEN)).toBe(false);
});
