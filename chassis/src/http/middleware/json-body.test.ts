import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import Router from '@koa/router';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestLogger, startTestServer, type TestServer } from '../../../testing/index.ts';
import { createApp } from '../../service/create-app.ts';
import { jsonBody } from './json-body.ts';

const LIMIT = 16 * 1024;
const CANARY = '4929123456781234';
const { logger, lines } = createTestLogger();
let server: TestServer;

beforeAll(async () => {
  const router = new Router();
  router.post('/echo-type', jsonBody(), (ctx) => {
    const body = ctx.request.body as Record<string, unknown>;
    ctx.body = { keys: Object.keys(body), polluted: 'polluted' in {} };
  });
  router.post('/echo-text', jsonBody(), (ctx) => {
    ctx.body = ctx.request.body as object;
  });
  server = await startTestServer(
    createApp({ logger, router, ready: async () => {}, draining: new AbortController().signal }),
  );
});
afterAll(() => server[Symbol.asyncDispose]());

function post(body: RequestInit['body'], headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${server.url}/echo-type`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: body ?? null,
  });
}

async function expectProblem(response: Response, status: number, code: string): Promise<void> {
  const text = await response.text();
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toContain('application/problem+json');
  expect(JSON.parse(text)).toMatchObject({ status, code, instance: '/echo-type' });
  expect(text + lines.join()).not.toMatch(new RegExp(`${CANARY}|canary|node_modules`));
}

/** An object of exactly so many bytes. */
const objectOf = (bytes: number) => `{"a":"${'x'.repeat(bytes - 8)}"}`;

describe('what is accepted', () => {
  test.each([
    'application/json',
    'application/json; charset=utf-8',
    'Application/JSON;charset=UTF-8',
    ' application/json ;',
    'application/json;charset=utf8',
    'application/json;odata=verbose',
    'application/json;profile="x"',
    'application/json;charset=us-ascii',
    'application/json\t;\tprofile="a b"; ;',
  ])('When the media type is %j, Then the body is read', async (type) => {
    expect(await (await post('{"a":1}', { 'content-type': type })).json()).toEqual({ keys: ['a'], polluted: false });
  });

  test('When the body has exactly 16 KiB, Then it is read', async () => {
    expect(objectOf(LIMIT)).toHaveLength(LIMIT);
    expect((await post(objectOf(LIMIT))).status).toBe(200);
  });

  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
  ])('When the body is compressed with %s, Then it is read', async (encoding, compress) => {
    expect((await post(compress('{"a":1}'), { 'content-encoding': encoding })).status).toBe(200);
  });
});

describe('the replacement character, which is also what invalid bytes are decoded to', () => {
  const encodings = [
    ['identity', (bytes: Buffer) => bytes],
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ] as const;
  const postText = (body: Buffer, encoding: string) =>
    fetch(`${server.url}/echo-text`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(encoding !== 'identity' && { 'content-encoding': encoding }) },
      body: new Uint8Array(body),
    });

  test.each(encodings)(
    'When it is sent as bytes and as an escape (%s), Then both are read alike',
    async (name, encode) => {
      for (const text of ['{"a":"A\\ufffdB"}', '{"a":"A\ufffdB"}']) {
        expect(await (await postText(encode(Buffer.from(text)), name)).json()).toEqual({ a: 'A\ufffdB' });
      }
    },
  );

  test.each(
    encodings.flatMap(([name, encode]) =>
      [
        [0xe9],
        [0xff],
        [0xc0, 0x80],
        [0xed, 0xa0, 0x80],
        [0xf0, 0x9f, 0x98],
        [0xe2, 0x82],
        [0xef, 0xbf, 0xbd, 0xe9],
      ].map((bytes) => [name, bytes, encode] as const),
    ),
  )('When the bytes (%s) are no UTF-8: %j, Then 400', async (name, bytes, encode) => {
    const body = Buffer.concat([Buffer.from('{"a":"'), Buffer.from(bytes), Buffer.from('"}')]);

    expect(await (await postText(encode(body), name)).json()).toMatchObject({ status: 400, code: 'malformed_json' });
  });
});

describe('what is refused', () => {
  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/vnd.api+json',
    'application/jsonp',
    'json',
    'application/json; charset=iso-8859-1',
    'application/json; charset=utf-16',
  ])('When the media type is %s, Then 415', async (type) =>
    expectProblem(await post(`{"canary":"${CANARY}"}`, { 'content-type': type }), 415, 'unsupported_media_type'),
  );

  test('When the bytes are no UTF-8, Then 400', async () => {
    await expectProblem(await post(Buffer.from('{"a":"Jos\xe9"}', 'latin1')), 400, 'malformed_json');
  });

  test('When there is no media type, Then 415', async () => {
    const response = await fetch(`${server.url}/echo-type`, { method: 'POST', body: new Uint8Array([123, 125]) });

    await expectProblem(response, 415, 'unsupported_media_type');
  });

  test('When the body has one byte more than 16 KiB, Then 413', async () => {
    await expectProblem(await post(objectOf(LIMIT + 1)), 413, 'body_too_large');
  });

  test('When the body is too large and its length is not announced, Then 413', async () => {
    const body = new ReadableStream({
      pull(controller) {
        controller.enqueue(new TextEncoder().encode(objectOf(LIMIT + 1)));
        controller.close();
      },
    });

    const response = await fetch(`${server.url}/echo-type`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      duplex: 'half',
    });

    await expectProblem(response, 413, 'body_too_large');
  });

  test('When a small gzip body unpacks to 64 MiB, Then 413, without unpacking it all', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    const before = process.memoryUsage().rss;

    await expectProblem(await post(bomb, { 'content-encoding': 'gzip' }), 413, 'body_too_large');

    expect(process.memoryUsage().rss - before).toBeLessThan(32 * 1024 * 1024);
  });

  test.each([
    ['not gzip at all', Buffer.from('{"canary":1}')],
    ['cut gzip', gzipSync(`{"canary":"${CANARY}"}`).subarray(0, 20)],
  ])('When the body is %s, Then 400', async (_what, body) => {
    await expectProblem(await post(body, { 'content-encoding': 'gzip' }), 400, 'malformed_json');
  });

  test('When the content encoding is unknown, Then 415', async () => {
    await expectProblem(await post('{}', { 'content-encoding': 'canary' }), 415, 'unsupported_media_type');
  });

  test.each([
    ['not JSON', `canary ${CANARY}`],
    ['truncated', `{"cardNum":"${CANARY}"`],
    ['trailing text', `{"cardNum":"${CANARY}"} canary`],
    ['null', 'null'],
    ['a number', '4929123456781234'],
    ['a string', '""'],
    ['true', 'true'],
    ['a single quote', `{'canary':1}`],
    ['deep nesting without an end', '['.repeat(LIMIT)],
    ['a __proto__ member', '{"__proto__":{"polluted":true}}'],
    ['a hidden __proto__ member', '{"a":{"\\u005f_proto__":{"polluted":true}}}'],
  ])('When the body is %s, Then 400', async (_what, body) => {
    await expectProblem(await post(body), 400, 'malformed_json');
  });

  test('When the body is deeply nested but well formed, Then the service goes on', async () => {
    const body = `{"a":${'['.repeat(8_000)}${']'.repeat(8_000)}}`;

    expect((await post(body)).status).toBe(200);
    expect((await post('{}')).status).toBe(200);
  });
});
