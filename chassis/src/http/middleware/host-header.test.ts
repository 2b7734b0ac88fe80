import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import Router from '@koa/router';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestLogger, startTestServer, type TestServer } from '../../../testing/index.ts';
import { createApp } from '../../service/create-app.ts';

const { logger, lines } = createTestLogger();
let server: TestServer;

beforeAll(async () => {
  const router = new Router();
  router.get('/things', (ctx) => {
    ctx.body = 'things';
  });
  const draining = new AbortController().signal;
  server = await startTestServer(createApp({ logger, router, ready: async () => {}, draining }));
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(() => {
  lines.length = 0;
});

/** Sends a GET with these header fields, and no other, on a connection of its own. */
async function get(fields: readonly string[], version = '1.1') {
  const { hostname, port } = new URL(server.url);
  const socket = connect({ host: hostname, port: Number(port) });
  await once(socket, 'connect');
  socket.write(`GET /things HTTP/${version}\r\n${[...fields, 'Connection: close'].join('\r\n')}\r\n\r\n`);
  const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n');
  return { status: Number(head.split(' ')[1]), head, body };
}

describe.each([
  ['two hosts', ['Host: one.example', 'Host: two.example']],
  ['the same host twice', ['Host: one.example', 'host: one.example']],
  ['no host', []],
  ['a host with a path', ['Host: one.example/things']],
  ['a host with a space', ['Host: one example']],
  ['two hosts in one field', ['Host: one.example, two.example']],
  ['a host with a user', ['Host: ann@one.example']],
])('a request with %s', (_what, fields) => {
  test('Then it is refused with a problem that does not echo it, and a line of the log', async () => {
    const { status, head, body } = await get(fields);

    expect(status).toBe(400);
    expect(head).toMatch(/content-type: application\/problem\+json/i);
    expect(JSON.parse(body)).toMatchObject({ status: 400, code: 'invalid_host', instance: '/' });
    expect(head + body).not.toContain('example');
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ message: 'request', status: 400 }),
    ]);
  });
});

test.each([
  ['localhost', '1.1'],
  ['one_service.example:8080', '1.1'],
  ['[::1]:9090', '1.1'],
  ['127.0.0.1:', '1.1'],
  ['caf%C3%A9.example', '1.1'],
  ['', '1.1'],
  ['localhost', '1.0'],
])('When the host is %j in HTTP/%s, Then the request gets through', async (host, version) => {
  expect(await get([`Host: ${host}`], version)).toMatchObject({ status: 200, body: 'things' });
});

test('When a request of HTTP/1.0 has no host, Then it gets through', async () => {
  expect(await get([], '1.0')).toMatchObject({ status: 200, body: 'things' });
  expect(await get(['Host: one.example', 'Host: two.example'], '1.0')).toMatchObject({ status: 400 });
});
