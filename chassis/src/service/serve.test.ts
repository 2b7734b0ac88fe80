import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import Koa from 'koa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Listening, listen } from './serve.ts';

let service: Listening;

beforeAll(async () => {
  const app = new Koa();
  app.use((ctx) => {
    ctx.body = 'served';
  });
  service = await listen(app, { host: '127.0.0.1', port: 0 });
});
afterAll(() => service.close());

function open(url: string): Socket {
  const { hostname, port } = new URL(url);
  // Half open, so that only the server can end the connection.
  return connect({ host: hostname, port: Number(port), allowHalfOpen: true });
}

/** Sends bytes and keeps its own side open; resolves with the whole reply once the server has let go. */
async function exchange(bytes: string | Buffer): Promise<string> {
  const socket = open(service.url);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(Buffer.from(chunk)));
  socket.write(bytes);
  await once(socket, 'end');
  socket.destroy();
  return Buffer.concat(chunks).toString();
}

test.each([
  ['words', 'canary hello\r\n\r\n'],
  ['a TLS hello', Buffer.from('16030100c8010000c40303', 'hex')],
  ['a bad version', 'GET / HTTP/9.9\r\nHost: x\r\n\r\n'],
  ['an unknown method', 'CANARY / HTTP/1.1\r\nHost: x\r\n\r\n'],
  ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
  [
    'a length and chunks',
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
])('When a client sends %s, Then 400 without an echo, and the connection is closed', async (_what, bytes) => {
  const reply = await exchange(bytes);

  expect(reply).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  expect(reply.toLowerCase()).toContain('connection: close');
  expect(reply.toLowerCase()).not.toContain('canary');
});

test.each(['header', 'path'])('When the %s is larger than 8 KiB, Then 431', async (where) => {
  const long = 'x'.repeat(9 * 1024);

  const reply = await exchange(
    where === 'path'
      ? `GET /${long} HTTP/1.1\r\nHost: x\r\n\r\n`
      : `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${long}\r\n\r\n`,
  );

  expect(reply).toMatch(/^HTTP\/1\.1 431 /);
});

test('When headers stay below 8 KiB, Then the request is served', async () => {
  const response = await fetch(service.url, { headers: { 'x-long': 'x'.repeat(7 * 1024) } });

  expect(await response.text()).toBe('served');
});

test('When a client has sent what is not HTTP and keeps its side open, Then the server still closes at once', async () => {
  const other = await listen(new Koa(), { host: '127.0.0.1', port: 0 });
  const socket = open(other.url);
  socket.write('not http\r\n\r\n');
  socket.resume();
  await once(socket, 'end');

  await other.close();

  socket.destroy();
});

test.each([
  ['a request', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', 1],
  ['a request with a body', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}', 1],
  ['two requests', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(2), 2],
])(
  'When a client ends its side behind %s, Then it has each response, and the server closes',
  async (_, bytes, count) => {
    const app = new Koa();
    app.use(async ({ req, response }) => {
      if (!req.socket.readableEnded) await once(req.socket, 'end');
      response.body = 'served';
    });
    const other = await listen(app, { host: '127.0.0.1', port: 0 });
    const socket = open(other.url);
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(Buffer.from(chunk)));
    socket.end(bytes);

    await once(socket, 'end');

    expect(String(Buffer.concat(chunks)).match(/served/g)).toHaveLength(count);
    await other.close();
  },
);
