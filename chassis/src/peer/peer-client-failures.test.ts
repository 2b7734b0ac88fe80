import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { createTestLogger, respondJson, type StubHandler, startStubServer, takePort } from '../../testing/index.ts';
import { createPeerClient, type PeerCall } from './peer-client.ts';
import { PeerUnavailable } from './peer-unavailable.ts';

const CANARY = '4929123456781234';
const CALL: PeerCall = { json: { cardNum: CANARY, short: 'card-1234567' }, idempotencyKey: 'key-1' };

/** Calls a peer that behaves like this; resolves with the failure, after checking what a log line has of it. */
async function failureOf(baseUrl: string, { timeoutMs = 2_000, ...call }: PeerCall & { timeoutMs?: number } = CALL) {
  const client = createPeerClient({ name: 'peer', baseUrl, timeoutMs, token: 'token-canary' });
  const error: unknown = await client.call('POST', 'things', { ...CALL, ...call }).then(
    (reply) => Promise.reject(new Error(`a response came: ${reply.status}`)),
    (failure: unknown) => failure,
  );
  client.close();
  if (!(error instanceof PeerUnavailable)) throw error;
  const { logger, lines } = createTestLogger();
  logger.error('call failed', { error });
  for (const text of [
    inspect(error, { depth: 9, showHidden: true }),
    JSON.stringify(error),
    String(error.stack),
    lines.join(),
  ]) {
    expect(text).not.toMatch(new RegExp(`${CANARY}|1234567|token-canary|reply-canary`));
  }
  return error;
}

test.each<[string, StubHandler, string, { noSideEffect: boolean; retryable: boolean }]>([
  ['500', (_, r) => void r.writeHead(500).end('reply-canary'), 'http_500', { noSideEffect: false, retryable: true }],
  ['502', (_, r) => void r.writeHead(502).end(), 'http_502', { noSideEffect: false, retryable: true }],
  [
    '503',
    (_, r) => void r.writeHead(503, { 'retry-after': '1' }).end(),
    'http_503',
    { noSideEffect: false, retryable: true },
  ],
  ['429', (_, r) => void r.writeHead(429).end(), 'overloaded', { noSideEffect: false, retryable: true }],
  [
    '429 as its own problem',
    (_, r) => respondJson(r, 429, { code: 'overloaded' }),
    'overloaded',
    { noSideEffect: true, retryable: true },
  ],
  ['401', (_, r) => void r.writeHead(401).end(), 'unauthorized', { noSideEffect: false, retryable: false }],
  [
    '401 as its own problem',
    (_, r) => respondJson(r, 401, { code: 'unauthorized' }),
    'unauthorized',
    { noSideEffect: true, retryable: false },
  ],
  ['403', (_, r) => void r.writeHead(403).end('<html>'), 'unauthorized', { noSideEffect: false, retryable: false }],
  [
    'half of the announced bytes',
    (_, r) => void r.writeHead(200, { 'content-length': '100' }).write('{"a":', () => r.destroy()),
    'reset',
    { noSideEffect: false, retryable: true },
  ],
  ['a reset', (_, r) => void r.socket?.resetAndDestroy(), 'reset', { noSideEffect: false, retryable: true }],
  ['2 MB', (_, r) => void r.end(`"${'x'.repeat(2_000_000)}"`), 'bad_reply', { noSideEffect: false, retryable: true }],
  [
    '2 MB in a gzip of 2 KB',
    (_, r) => void r.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(`"${'x'.repeat(2_000_000)}"`)),
    'bad_reply',
    { noSideEffect: false, retryable: true },
  ],
  [
    'a compressed body that was not asked for',
    (_, r) => void r.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{"small":true}')),
    'bad_reply',
    { noSideEffect: false, retryable: true },
  ],
])('When the peer sends %s, Then the call fails with the right code', async (_what, handler, code, expected) => {
  await using peer = await startStubServer(handler);

  const { noSideEffect, retryable, ...failure } = await failureOf(peer.url);

  expect(failure).toMatchObject({ code, peer: 'peer' });
  expect(peer.requests).toHaveLength(1);
  const error = await failureOf(peer.url);
  expect({ noSideEffect: error.noSideEffect, retryable: error.retryable }).toEqual(expected);
});

test.each([301, 302, 303, 307, 308])(
  'When the peer redirects with %d, Then the redirect is not followed',
  async (status) => {
    await using elsewhere = await startStubServer((_request, response) => void response.end('{}'));
    await using peer = await startStubServer(
      (_request, response) => void response.writeHead(status, { location: `${elsewhere.url}/things` }).end(),
    );

    expect((await failureOf(peer.url)).code).toBe('bad_reply');
    expect(elsewhere.requests).toEqual([]);
  },
);

test('When the peer does not respond in time, Then the call ends at the timeout and the request is aborted', async () => {
  const gone = Promise.withResolvers<void>();
  await using peer = await startStubServer((_request, response) => void response.on('close', () => gone.resolve()));
  const began = performance.now();

  const error = await failureOf(peer.url, { timeoutMs: 100 });

  expect(error.code).toBe('timeout');
  expect(error.noSideEffect).toBe(false);
  expect(performance.now() - began).toBeLessThan(1_000);
  await gone.promise;
});

test('When the peer sends its response byte by byte, Then the timeout covers the whole of it', async () => {
  await using peer = await startStubServer((_request, response) => {
    const drops = setInterval(() => response.write(' '), 10);
    response.on('close', () => clearInterval(drops));
  });

  expect((await failureOf(peer.url, { timeoutMs: 150 })).code).toBe('timeout');
});

test('When nothing listens, Then the call is refused, has no side effect and is retryable', async () => {
  const error = await failureOf(`http://127.0.0.1:${await takePort()}`);

  expect([error.code, error.noSideEffect, error.retryable]).toEqual(['refused', true, true]);
});

test('When the caller aborts, Then the call ends as cancelled', async () => {
  const deadline = new AbortController();
  await using peer = await startStubServer(() => deadline.abort());

  const error = await failureOf(peer.url, { signal: deadline.signal });

  expect([error.code, error.noSideEffect, error.retryable]).toEqual(['cancelled', false, false]);
});

test('When the caller has aborted before, Then nothing is sent', async () => {
  await using peer = await startStubServer((_request, response) => void response.end('{}'));

  expect((await failureOf(peer.url, { signal: AbortSignal.abort() })).code).toBe('cancelled');
  expect(peer.requests).toEqual([]);
});

test('When the deadline passes before there is a connection, Then nothing is sent on it later', async () => {
  await using peer = await startStubServer((_request, response) => void response.end('{}'));
  const client = createPeerClient({ name: 'peer', baseUrl: peer.url, timeoutMs: 2_000 });
  const deadline = new AbortController();

  const call = client.call('POST', 'things', { ...CALL, signal: deadline.signal });
  deadline.abort();

  await expect(call).rejects.toMatchObject({ code: 'cancelled' });
  expect((await client.call('GET', 'later')).status).toBe(200);
  expect(peer.requests.map(({ path }) => path)).toEqual(['/later']);
});
