import Router from '@koa/router';
import { expect, test } from 'vitest';
import { createTestLogger, startTestServer } from '../../../testing/index.ts';
import { createApp } from '../../service/create-app.ts';

/** What the service takes a request for, behind so many proxies. */
async function seen(proxies: number, forwarded: Record<string, string>) {
  const router = new Router().get('/who', (ctx) => {
    ctx.body = { ip: ctx.ip, protocol: ctx.protocol, host: ctx.host, secure: ctx.secure };
  });
  const { logger } = createTestLogger();
  const app = createApp({ logger, router, ready: async () => {}, draining: new AbortController().signal, proxies });
  await using server = await startTestServer(app);
  const headers = Object.entries(forwarded).map(([name, value]) => [`x-forwarded-${name}`, value]);
  const response = await fetch(`${server.url}/who`, { headers: Object.fromEntries(headers) });
  return { own: new URL(server.url).host, ...((await response.json()) as Record<'ip' | 'protocol' | 'host', string>) };
}

test('When no proxy stands in front, Then nothing of what the client says of itself counts', async () => {
  const { own, ...who } = await seen(0, { for: '192.0.2.1', proto: 'https', host: 'evil.example' });
  expect(who).toEqual({ ip: '127.0.0.1', protocol: 'http', host: own, secure: false });
});

test.each([
  ['one', 1, '192.0.2.1', 'https', 'book.example'],
  [
    'one, and the client forged its own',
    1,
    '198.51.100.1, 10.0.0.1, 192.0.2.1',
    'http,https',
    'evil.example, book.example',
  ],
  ['two', 2, '192.0.2.1, 10.0.0.1', 'https', 'book.example'],
  [
    'two, and the client forged its own',
    2,
    '198.51.100.1, 192.0.2.1, 10.0.0.1',
    'http, https, http',
    'evil.example, book.example, inside',
  ],
  ['one that writes a port', 1, '192.0.2.1:4711', 'HTTPS', 'book.example'],
])('When there is %s, Then what the outermost of them says counts', async (_which, count, addresses, proto, host) => {
  const { own, ...who } = await seen(count, { for: addresses, proto, host });
  expect(who).toEqual({ ip: '192.0.2.1', protocol: 'https', host: 'book.example', secure: true });
});

test.each([{}, { for: 'unknown', proto: 'gopher', host: 'evil.example/path' }, { for: '', proto: ' ', host: ',' }])(
  'When the proxy says %j, Then it is the connection’s own',
  async (forwarded) => {
    const { own, ...who } = await seen(1, forwarded);
    expect(who).toEqual({ ip: '127.0.0.1', protocol: 'http', host: own, secure: false });
  },
);
