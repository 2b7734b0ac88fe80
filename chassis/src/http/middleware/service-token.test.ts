import Router from '@koa/router';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestLogger, startTestServer, type TestServer } from '../../../testing/index.ts';
import { createApp } from '../../service/create-app.ts';
import { holdsBearerToken } from './service-token.ts';

const TOKEN = 'a-token-of-some-length';
const { logger, lines } = createTestLogger();
let server: TestServer;

beforeAll(async () => {
  const router = new Router();
  router.get('/thing', (ctx) => {
    ctx.body = { ok: true };
  });
  const draining = new AbortController().signal;
  server = await startTestServer(createApp({ logger, router, ready: async () => {}, draining, serviceToken: TOKEN }));
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

test.each(['/livez', '/readyz'])('When %s is requested without a token, Then it is served', async (path) => {
  expect((await fetch(server.url + path)).status).toBe(200);
});

test('When there are several tokens, Then each opens, and what they are written as does not', () => {
  for (const token of ['old', 'new']) expect(holdsBearerToken(`Bearer ${token}`, ['old', 'new'])).toBe(true);
  for (const token of ['old,new', 'older', '']) expect(holdsBearerToken(`Bearer ${token}`, ['old', 'new'])).toBe(false);
  expect(holdsBearerToken('Bearer old', [])).toBe(false);
});

test('When the header is not a bearer token at all, Then it does not hold one', () => {
  expect(holdsBearerToken('', TOKEN)).toBe(false);
  expect(holdsBearerToken(TOKEN, TOKEN)).toBe(false);
});
