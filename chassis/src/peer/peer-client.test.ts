import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { respondJson, startStubServer } from '../../testing/index.ts';
import { createRequestContext, runInRequestContext } from '../telemetry/request-context.ts';
import { createPeerClient } from './peer-client.ts';

const client = (baseUrl: string, token?: string) =>
  createPeerClient({ name: 'peer', baseUrl, timeoutMs: 2_000, token });

test.each([200, 201, 202, 400, 402, 404, 409, 422])(
  'When the peer responds with %d, Then its reply is passed on',
  async (status) => {
    await using peer = await startStubServer((_request, response) => respondJson(response, status, { got: status }));

    expect(await client(peer.url).call('POST', 'things', { json: {} })).toMatchObject({
      status,
      body: { got: status },
    });
  },
);

test.each([
  ['HTML', '<html>gateway</html>'],
  ['nothing', ''],
  ['half JSON', '{"a":'],
])('When the peer responds with 200 and %s, Then the body is undefined', async (_what, text) => {
  await using peer = await startStubServer((_request, response) => void response.end(text));

  expect(await client(peer.url).call('GET', 'things')).toMatchObject({ status: 200, body: undefined });
});

test('When a call is made, Then the peer gets body, key, token, trace and request id, and nothing about us', async () => {
  await using peer = await startStubServer((_request, response) => respondJson(response, 200, {}));
  const context = createRequestContext({ requestId: 'req-1' });

  await runInRequestContext(context, () =>
    client(`${peer.url}/base`, 'token-1').call('PUT', 'things/a%2Fb?x=1', { json: { a: 1 }, idempotencyKey: 'key-1' }),
  );

  expect(peer.requests).toEqual([
    {
      method: 'PUT',
      path: '/base/things/a%2Fb?x=1',
      body: { a: 1 },
      headers: expect.objectContaining({
        accept: 'application/json',
        authorization: 'Bearer token-1',
        'content-type': 'application/json',
        'idempotency-key': 'key-1',
        traceparent: `00-${context.traceId}-${context.spanId}-01`,
        'x-request-id': 'req-1',
      }),
    },
  ]);
  expect(peer.requests[0]?.headers).not.toHaveProperty('user-agent');
});

test('When there is no token, key, body or request, Then none is made up', async () => {
  await using peer = await startStubServer((_request, response) => respondJson(response, 200, {}));

  await client(peer.url).call('GET', 'things');

  const names = Object.keys(peer.requests[0]?.headers ?? {});
  for (const name of ['authorization', 'idempotency-key', 'content-type', 'traceparent'])
    expect(names).not.toContain(name);
});

test('When calls follow one another, Then they share two connections, which close ends', async () => {
  let connections = 0;
  const peer = createServer((socket) => {
    connections += 1;
    socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}'));
  }).listen(0, '127.0.0.1');
  await once(peer, 'listening');
  const { port } = peer.address() as { port: number };
  const calls = client(`http://127.0.0.1:${port}`);

  for (let call = 0; call < 10; call += 1) await calls.call('GET', 'things');
  // Undici lets a connection rest for a turn of the event loop after a reply.
  expect(connections).toBeLessThanOrEqual(2);

  await calls.close();
  const closed = once(peer, 'close');
  peer.close();
  await closed;
});

test('When 100 calls are made at once, Then they do not wait for one another', async () => {
  let waiting = 0;
  let mostWaiting = 0;
  const all = Promise.withResolvers<void>();
  await using peer = await startStubServer(async (_request, response) => {
    waiting += 1;
    mostWaiting = Math.max(mostWaiting, waiting);
    if (waiting === 100) all.resolve();
    await all.promise;
    respondJson(response, 200, {});
  });
  const calls = client(peer.url);

  await Promise.all(Array.from({ length: 100 }, () => calls.call('GET', 'things')));

  expect(mostWaiting).toBe(100);
});
