import Router from '@koa/router';
import { leftInOldSpace } from 'durable-store/testing';
import type { ParameterizedContext } from 'koa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestLogger, startTestServer, type TestServer } from '../../testing/index.ts';
import { createApp } from '../service/create-app.ts';
import { type IdempotencyState, idempotencyKey } from './idempotency-key.ts';
import { fingerprintOf, type IdempotentRequest } from './idempotent-request.ts';

interface Thing {
  name: string;
  secret: string;
}

const { logger, lines } = createTestLogger();
let server: TestServer;

beforeAll(async () => {
  const router = new Router();
  router.post<IdempotencyState & { input: Thing }>(
    '/things',
    (ctx, next) => {
      ctx.state.input = { name: String(ctx.query.name), secret: 'kept out' };
      return next();
    },
    idempotencyKey<Thing>(({ name }) => ({ name })),
    (ctx) => {
      const { key, fingerprint, route } = ctx.state.idempotency;
      ctx.body = { key, fingerprint, route, given: ctx.state.idempotencyKeyGiven };
    },
  );
  const draining = new AbortController().signal;
  server = await startTestServer(createApp({ logger, router, ready: async () => {}, draining }));
});
afterAll(() => server[Symbol.asyncDispose]());

async function identified(reply: Promise<Response>): Promise<{ key: string; fingerprint: string; given: boolean }> {
  return (await (await reply).json()) as { key: string; fingerprint: string; given: boolean };
}

function post(key: string | undefined, name = 'ann'): Promise<Response> {
  const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key };
  return fetch(`${server.url}/things?name=${name}`, { method: 'POST', headers });
}

test.each([
  ['key-1', 'key-1'],
  ['"key-1"', 'key-1'],
  ['x'.repeat(255), 'x'.repeat(255)],
  [`"${'x'.repeat(255)}"`, 'x'.repeat(255)],
  ['!~%/', '!~%/'],
  ['42424242-4242-4242-4242-424242424242', '42424242-4242-4242-4242-424242424242'],
])('When the header is %j, Then the key is what is inside of it', async (header, key) => {
  expect(await (await post(header)).json()).toEqual({
    key,
    fingerprint: fingerprintOf(['POST', { name: 'ann' }]),
    route: '/things',
    given: true,
  });
});

test.each(['', '""', 'a b', '"a b"', 'x'.repeat(256), `"${'x'.repeat(256)}"`, 'clé'])(
  'When the header is %j, Then 400 without an echo',
  async (header) => {
    const response = await post(header);
    const text = await response.text();

    expect(response.status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({
      code: 'invalid_idempotency_key',
      errors: [{ pointer: 'Idempotency-Key', message: expect.any(String) }],
    });
    expect(text).not.toMatch(/a b|xxx|cl|4242/);
  },
);

test('When there is no header, Then each request has a key of its own', async () => {
  const [first, second] = [await identified(post(undefined)), await identified(post(undefined))];

  expect(first).toMatchObject({ given: false, key: expect.stringMatching(/^[0-9a-f-]{36}$/) });
  expect(first.key).not.toBe(second.key);
});

test('When the request differs, Then so does its fingerprint; what is left out of it does not count', async () => {
  const [ann, bob] = [await identified(post('k', 'ann')), await identified(post('k', 'bob'))];

  expect(ann.fingerprint).not.toBe(bob.fingerprint);
  expect(fingerprintOf(['POST', { name: 'ann' }])).toBe(ann.fingerprint);
});

test('When a request has a key, Then its log line says which', async () => {
  await (await post('key-in-the-log')).text();

  expect(lines.map((line) => JSON.parse(line))).toContainEqual(
    expect.objectContaining({ reference: 'key-in-the-log' }),
  );
});

test('When a request is spread, Then the compiler says that its fingerprint is lost', () => {
  // @ts-expect-error the accessor is not the object's own
  const owned = (request: IdempotentRequest): IdempotentRequest => ({ ...request, key: 'another' });

  expect(owned({ key: 'key-1', fingerprint: 'print', route: '/' })).toMatchObject({ key: 'another' });
});

test('When thousands of requests have come and gone, Then next to nothing of them is left in the old space', async () => {
  const middleware = idempotencyKey<Thing>(({ name }) => ({ name }));
  type Ctx = ParameterizedContext<IdempotencyState & { input: Thing }>;

  const bytes = await leftInOldSpace(20_000, async () => {
    const body = new Array(100).fill(0);
    const ctx = { get: () => '', req: { headers: {} }, state: { input: { name: 'ann' } }, body };
    await middleware(ctx as unknown as Ctx, () => new Promise((resolve) => setImmediate(resolve)));
  });

  expect(bytes).toBeLessThan(100);
});
