import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { createPeerClient, type PeerCall } from './http-client.ts';
import { PeerUnavailable } from './peer-unavailable.ts';
import { createTestLogger, type StubHandler, startStubServer, takePort } from './testing.ts';

const CANARY = '4929123456781234';
const CALL: PeerCall = { json: { cardNum: CANARY, short: 'card-1234567' }, idempotencyKey: 'key-1' };

/** Calls a peer that behaves like this; resolves with the failure, after a look at what it would tell a log. */
async function failureOf(baseUrl: string, { timeoutMs = 2_000, ...call }: PeerCall & { timeoutMs?: number } = CALL) {
  const client = createPeerClient({ name: 'peer', baseUrl, timeoutMs, token: 'token-canary' });
  const error: unknown = await client.call('POST', 'things', { ...CALL, ...call }).then(
    (reply) => Promise.reject(new Error(`an answer came: ${reply.status}`)),
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

test.each<[string, StubHandler, string, { withoutEffect: boolean; worthRepeating: boolean }]>([
  [
    '500',
    (_, r) => void r.writeHead(500).end('reply-canary'),
    'http_500',
    { withoutEffect: false, worthRepeating: true },
  ],
  ['502', (_, r) => void r.writeHead(502).end(), 'http_502', { withoutEffect: false, worthRepeating: true }],
  [
    '503',
    (_, r) => void r.writeHead(503, { 'retry-after': '1' }).end(),
    'http_503',
    { withoutEffect: false, worthRepeating: true },
  ],
  ['429', (_, r) => void r.writeHead(429).end(), 'overloaded', { withoutEffect: true, worthRepeating: true }],
  ['401', (_, r) => void r.writeHead(401).end(), 'unauthorized', { withoutEffect: true, worthRepeating: false }],
  ['403', (_, r) => void r.writeHead(403).end(), 'unauthorized', { withoutEffect: true, worthRepeating: false }],
  [
    'half of what it promised',
    (_, r) => void r.writeHead(200, { 'content-length': '100' }).write('{"a":', () => r.destroy()),
    'reset',
    { withoutEffect: false, worthRepeating: true },
  ],
  ['a reset', (_, r) => void r.socket?.resetAndDestroy(), 'reset', { withoutEffect: false, worthRepeating: true }],
  [
    '2 MB',
    (_, r) => void r.end(`"${'x'.repeat(2_000_000)}"`),
    'bad_reply',
    { withoutEffect: false, worthRepeating: true },
  ],
  [
    '2 MB in a gzip of 2 KB',
    (_, r) => void r.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(`"${'x'.repeat(2_000_000)}"`)),
    'bad_reply',
    { withoutEffect: false, worthRepeating: true },
  ],
  [
    'something that it has packed unasked',
    (_, r) => void r.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{"small":true}')),
    'bad_reply',
    { withoutEffect: false, worthRepeating: true },
  ],
])('When the peer answers %s, Then the call fails as it should', async (_what, handler, code, expected) => {
  await using peer = await startStubServer(handler);

  const { withoutEffect, worthRepeating, ...failure } = await failureOf(peer.url);

  expect(failure).toMatchObject({ code, peer: 'peer' });
  expect(peer.requests).toHaveLength(1);
  const error = await failureOf(peer.url);
  expect({ withoutEffect: error.withoutEffect, worthRepeating: error.worthRepeating }).toEqual(expected);
});

test.each([301, 302, 303, 307, 308])('When the peer redirects with %d, Then nobody follows', async (status) => {
  await using elsewhere = await startStubServer((_request, response) => void response.end('{}'));
  await using peer = await startStubServer(
    (_request, response) => void response.writeHead(status, { location: `${elsewhere.url}/things` }).end(),
  );

  expect((await failureOf(peer.url)).code).toBe('bad_reply');
  expect(elsewhere.requests).toEqual([]);
});

test('When the peer does not answer in time, Then the call ends at the time-out and the request is given up', async () => {
  const gone = Promise.withResolvers<void>();
  await using peer = await startStubServer((_request, response) => void response.on('close', () => gone.resolve()));
  const began = performance.now();

  const error = await failureOf(peer.url, { timeoutMs: 100 });

  expect(error.code).toBe('timeout');
  expect(error.withoutEffect).toBe(false);
  expect(performance.now() - began).toBeLessThan(1_000);
  await gone.promise;
});

test('When the peer sends its reply drop by drop, Then the time-out counts for the whole of it', async () => {
  await using peer = await startStubServer((_request, response) => {
    const drops = setInterval(() => response.write(' '), 10);
    response.on('close', () => clearInterval(drops));
  });

  expect((await failureOf(peer.url, { timeoutMs: 150 })).code).toBe('timeout');
});

test('When nobody listens, Then the call is refused, without effect and worth repeating', async () => {
  const error = await failureOf(`http://127.0.0.1:${await takePort()}`);

  expect([error.code, error.withoutEffect, error.worthRepeating]).toEqual(['refused', true, true]);
});

test('When the caller gives up, Then the call ends as cancelled', async () => {
  const deadline = new AbortController();
  await using peer = await startStubServer(() => deadline.abort());

  const error = await failureOf(peer.url, { signal: deadline.signal });

  expect([error.code, error.withoutEffect, error.worthRepeating]).toEqual(['cancelled', false, false]);
});

test('When the caller had given up before, Then nothing is sent', async () => {
  await using peer = await startStubServer((_request, response) => void response.end('{}'));

  expect((await failureOf(peer.url, { signal: AbortSignal.abort() })).code).toBe('cancelled');
  expect(peer.requests).toEqual([]);
});

test('When the time is over before there is a connection, Then nothing is sent when there is one', async () => {
  await using peer = await startStubServer((_request, response) => void response.end('{}'));
  const client = createPeerClient({ name: 'peer', baseUrl: peer.url, timeoutMs: 2_000 });
  const deadline = new AbortController();

  const call = client.call('POST', 'things', { ...CALL, signal: deadline.signal });
  deadline.abort();

  await expect(call).rejects.toMatchObject({ code: 'cancelled' });
  expect((await client.call('GET', 'later')).status).toBe(200);
  expect(peer.requests.map(({ path }) => path)).toEqual(['/later']);
});
