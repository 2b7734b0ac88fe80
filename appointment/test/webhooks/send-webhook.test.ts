import { execFile } from 'node:child_process';
import { type AddressInfo, createServer, type LookupFunction } from 'node:net';
import { promisify } from 'node:util';
import { takePort, waitUntil } from '@appointments/chassis/testing';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { createSendWebhook } from '../../src/webhooks/send-webhook.ts';
import { answer, SECRET, startReceiver } from './receiver.ts';

const run = promisify(execFile);
const BODY = '{"type":"booking.confirmed","timestamp":"2026-01-05T09:30:00.000Z","data":{"name":"Zoë"}}';
const message = (url: string) => ({ webhookId: 'booking_confirmed_1', url, secret: SECRET, body: BODY });
const never = new AbortController().signal;
const send = createSendWebhook({ allowPrivate: true });

/** A look-up that gives these answers in turn, and counts. */
function answersInTurn(...answers: string[]) {
  const asked: string[] = [];
  const lookup: LookupFunction = (name, _options, callback) => {
    const address = answers[asked.push(name) - 1] ?? expect.fail('looked up too often');
    callback(null, [{ address, family: address.includes(':') ? 6 : 4 }]);
  };
  return { asked, lookup };
}

describe.concurrent('sending a webhook', () => {
  test('When it is sent, Then the reference implementation verifies it, and signs the same itself', async () => {
    await using receiver = await startReceiver();
    let headers: Record<string, unknown> = {};
    receiver.respond((response, request) => {
      headers = request.headers;
      response.writeHead(200).end();
    });

    expect(await send(message(receiver.url), never)).toEqual({ status: 200, code: null });

    expect(receiver.received).toMatchObject([{ verified: true, body: BODY, webhookId: 'booking_confirmed_1' }]);
    const at = new Date(Number(headers['webhook-timestamp']) * 1_000);
    expect(headers['webhook-signature']).toBe(new Webhook(SECRET).sign('booking_confirmed_1', at, BODY));
  });

  test('When the receiver has another secret, Then it finds the signature wrong', async () => {
    await using receiver = await startReceiver({ secret: `whsec_${Buffer.alloc(32, 1).toString('base64')}` });
    await send(message(receiver.url), never);
    expect(receiver.received).toMatchObject([{ verified: false }]);
  });

  test.each([301, 302, 307, 308])(
    'When it redirects with %i, Then that is its response and nobody goes there',
    async (status) => {
      await using elsewhere = await startReceiver();
      await using receiver = await startReceiver({ respond: answer(status, { location: elsewhere.url }) });

      expect(await send(message(receiver.url), never)).toEqual({ status, code: null });
      expect(elsewhere.received).toEqual([]);
    },
  );

  test.each([
    ['a body behind 204', 204, 'HTTP/1.1 204 No Content\r\n\r\nOK'],
    ['a body longer than it says', 200, 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nGrüße'],
    ['that on a connection it ends', 200, 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nGrüße'],
    ['a body behind none', 500, 'HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n<html>error</html>'],
    ['a chunk of no size', 200, 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\nZZ\r\n'],
    ['a trailer that is none', 200, 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\na: \0\r\n\r\n'],
    ['two responses', 200, 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'],
  ])(
    'When it responds with %s, Then its status counts, and what follows harms nobody',
    async (_what, status, bytes) => {
      const closed = Promise.withResolvers<void>();
      const receiver = createServer((socket) => {
        socket.on('error', () => {}).on('close', () => closed.resolve());
        socket.once('data', () => socket.end(bytes));
      });
      await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
      const { port } = receiver.address() as AddressInfo;

      expect(await send(message(`http://127.0.0.1:${port}/`), never)).toEqual({ status, code: null });

      // What nobody handles would be an error of this test run.
      await closed.promise;
      await new Promise((resolve) => receiver.close(resolve));
    },
  );

  test('When it switches to another protocol, Then the try has failed and the connection is closed', async () => {
    const closed = Promise.withResolvers<void>();
    const receiver = createServer((socket) => {
      socket.on('error', () => {}).on('close', () => closed.resolve());
      socket.once('data', () => socket.write('HTTP/1.1 101 Over\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n'));
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    const { port } = receiver.address() as AddressInfo;
    const impatient = createSendWebhook({ allowPrivate: true, timeoutMs: 2_000 });

    expect(await impatient(message(`http://127.0.0.1:${port}/`), never)).toEqual({ status: null, code: 'reset' });

    // On one that stays open the receiver may cause an error that ends the process.
    await closed.promise;
    await new Promise((resolve) => receiver.close(resolve));
  });

  test('When it hangs, Then the try is cut', async () => {
    await using receiver = await startReceiver({ respond: () => {} });
    const impatient = createSendWebhook({ allowPrivate: true, timeoutMs: 100 });
    expect(await impatient(message(receiver.url), never)).toEqual({ status: null, code: 'timeout' });
  });

  test('When its body never ends, Then its status counts and the connection is closed', async () => {
    let isClosed = false;
    await using receiver = await startReceiver({
      respond(response) {
        response.writeHead(200).flushHeaders();
        const write = () => response.write(Buffer.alloc(64 * 1024)) || undefined;
        response.on('drain', write).on('close', () => {
          isClosed = true;
        });
        write();
      },
    });

    expect(await send(message(receiver.url), never)).toEqual({ status: 200, code: null });
    await waitUntil('the connection is closed', () => isClosed);
  });

  test('When nobody listens, it hangs up, its name leads nowhere or it talks no TLS, Then the code says so', async () => {
    await using hangingUp = await startReceiver({ respond: (response) => void response.socket?.destroy() });
    const url = `http://127.0.0.1:${await takePort()}/`;
    const nowhere: LookupFunction = (_name, _options, callback) =>
      callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), []);
    const lost = createSendWebhook({ allowPrivate: true, lookup: nowhere });

    const results = [
      await send(message(url), never),
      await send(message(hangingUp.url), never),
      await lost(message('http://no.such.name/'), never),
      await send(message(hangingUp.url.replace('http:', 'https:')), never),
    ];

    expect(results.map(({ code }) => code)).toEqual(['refused', 'reset', 'not_resolved', 'tls_failed']);
  });

  test('When the saga ends the try, Then that is no result', async () => {
    await using receiver = await startReceiver({ respond: () => {} });
    const ending = new AbortController();
    const sending = send(message(receiver.url), ending.signal);
    await receiver.gets(1);
    ending.abort(new Error('shutdown'));
    await expect(sending).rejects.toThrow('shutdown');
  });
});

describe.concurrent('sending to public addresses only', () => {
  test.each(['https://127.0.0.1:1/', 'https://[::1]:1/', 'https://10.0.0.1/', 'http://receiver.example/'])(
    'When the URL is %s, Then nothing is sent',
    async (url) => {
      const strict = createSendWebhook({ allowPrivate: false, lookup: () => expect.fail('nothing is looked up') });
      expect(await strict(message(url), never)).toEqual({ status: null, code: 'private_address' });
    },
  );

  test('When a name leads to a private address, Then nothing is connected to', async () => {
    await using receiver = await startReceiver();
    const { lookup } = answersInTurn('127.0.0.1');
    const strict = createSendWebhook({ allowPrivate: false, lookup });
    const url = receiver.url.replace('http://127.0.0.1', 'https://receiver.example');

    expect(await strict(message(url), never)).toEqual({ status: null, code: 'private_address' });
    expect(receiver.connections()).toBe(0);
  });

  test('When it does so only at the second look, Then each try looks once and connects to what it saw', async () => {
    await using receiver = await startReceiver();
    // Nobody has the first: https://www.iana.org/assignments/ipv6-unicast-address-assignments
    const { lookup, asked } = answersInTurn('2d00::1', '127.0.0.1');
    const strict = createSendWebhook({ allowPrivate: false, lookup, timeoutMs: 500 });
    const url = receiver.url.replace('http://127.0.0.1', 'https://receiver.example');

    const first = await strict(message(url), never);
    expect(['refused', 'timeout', 'reset']).toContain(first.code);
    expect(asked).toHaveLength(1);
    expect(await strict(message(url), never)).toEqual({ status: null, code: 'private_address' });
    expect(asked).toHaveLength(2);
    expect(receiver.connections()).toBe(0);
  });

  test('When the environment names a proxy, Then it is not asked', async () => {
    await using proxy = await startReceiver();
    await using receiver = await startReceiver();
    const { origin } = new URL(proxy.url);
    const module = new URL('../../src/webhooks/send-webhook.ts', import.meta.url).href;
    const code = `
      const { createSendWebhook } = await import(${JSON.stringify(module)});
      const send = createSendWebhook({ allowPrivate: true });
      console.log(JSON.stringify(await send(${JSON.stringify(message(receiver.url))}, new AbortController().signal)));`;
    const proxies = { HTTP_PROXY: origin, http_proxy: origin, HTTPS_PROXY: origin, NODE_USE_ENV_PROXY: '1' };
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', code], {
      env: { ...process.env, ...proxies, NO_PROXY: '', no_proxy: '' },
    });

    expect(JSON.parse(stdout)).toEqual({ status: 204, code: null });
    expect(proxy.connections()).toBe(0);
  });
});
