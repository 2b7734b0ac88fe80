import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import Koa from 'koa';
import { describe, expect, test } from 'vitest';
import { waitUntil } from '../../testing/index.ts';
import { jsonBody } from '../http/middleware/json-body.ts';
import { listen } from './serve.ts';

/** A service that reads bodies and then works on them until the test lets it end. */
async function startSlow() {
  const { promise: goOn, resolve } = Promise.withResolvers<void>();
  const worked: unknown[] = [];
  const app = new Koa({ proxy: false });
  app.silent = true;
  app.use(async (ctx, next) => {
    if (ctx.path !== '/early') return next();
    ctx.status = 401;
    ctx.body = 'early';
  });
  app.use(jsonBody());
  app.use(async (ctx) => {
    worked.push(ctx.request.body);
    await goOn;
    ctx.body = `worked on ${worked.length}`;
  });
  const service = await listen(app, { host: '127.0.0.1', port: 0 });
  return { url: service.url, worked, goOn: resolve, [Symbol.asyncDispose]: service.close };
}

const post = (body: string, path = '/', length = body.length) =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${body}`;

/** Sends bytes; resolves with all that comes back once the server has let go. */
async function sendBytes(
  url: string,
  bytes: string,
  { endAfter = false, meanwhile = async (_socket: Socket) => {} } = {},
) {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(Buffer.from(chunk)));
  if (endAfter) socket.end(bytes);
  else socket.write(bytes);
  const ended = once(socket, 'end');
  await meanwhile(socket);
  await ended;
  socket.destroy();
  return Buffer.concat(chunks).toString();
}

const statusLines = (reply: string) => reply.match(/HTTP\/1\.1 \d+/g) ?? [];

describe.concurrent('bytes that are not HTTP', () => {
  test.each([
    ['a line', 'GARBAGE\r\n\r\n', false],
    ['half a line, and the end of the client', 'GARBAGE', true],
    ['a header without an end', 'GET / HTTP/1.1\r\nBad Header\r\n\r\n', false],
    ['a header that is too large', `GET /${'x'.repeat(9_000)} HTTP/1.1\r\n\r\n`, false],
    ['much', 'GARBAGE\r\n'.repeat(50_000), false],
  ])(
    'When %s comes behind a request, Then the request gets its response, and the connection ends',
    async (_what, behind, endAfter) => {
      await using service = await startSlow();

      const reply = await sendBytes(service.url, post('{"a":1}') + behind, {
        endAfter,
        meanwhile: async () => {
          await waitUntil('it is worked on', () => service.worked.length === 1);
          service.goOn();
        },
      });

      expect(statusLines(reply)).toEqual(['HTTP/1.1 200']);
      expect(reply).toMatch(/connection: close/i);
      expect(reply).toMatch(/worked on 1$/);
      expect(service.worked).toEqual([{ a: 1 }]);
    },
  );

  test('When they come behind several requests, Then all of them get their responses, in order', async () => {
    await using service = await startSlow();

    const reply = await sendBytes(service.url, `${post('{"a":1}')}${post('{"a":2}')}GARBAGE\r\n\r\n`, {
      meanwhile: async () => {
        await waitUntil('both are worked on', () => service.worked.length === 2);
        service.goOn();
      },
    });

    expect(statusLines(reply)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200']);
    expect(reply.match(/connection: close/gi)).toHaveLength(1);
  });

  test('When the second request is broken in its body, Then the first one gets its response', async () => {
    await using service = await startSlow();
    const broken =
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nnot-a-size\r\n';

    const reply = await sendBytes(service.url, post('{"a":1}') + broken, {
      meanwhile: async () => {
        await waitUntil('it is worked on', () => service.worked.length === 1);
        service.goOn();
      },
    });

    expect(statusLines(reply)).toEqual(['HTTP/1.1 200']);
    expect(service.worked).toEqual([{ a: 1 }]);
  });

  test('When they come in the middle of a request, Then 400 at once, and nothing is begun', async () => {
    await using service = await startSlow();
    const broken =
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\nnot-a-size\r\n';

    const reply = await sendBytes(service.url, broken);

    expect(statusLines(reply)).toEqual(['HTTP/1.1 400']);
    expect(service.worked).toEqual([]);
  });

  test('When they come behind a response that did not wait for the body, Then no second response', async () => {
    await using service = await startSlow();
    const broken = 'POST /early HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n';

    const reply = await sendBytes(service.url, broken, {
      meanwhile: async (socket) => {
        await once(socket, 'data');
        socket.write('not-a-size\r\n');
      },
    });

    expect(statusLines(reply)).toEqual(['HTTP/1.1 401']);
  });
});
