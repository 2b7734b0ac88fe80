import { createServer } from 'node:net';
import Koa from 'koa';
import { expect, test } from 'vitest';
import { ConfigError } from './env.ts';
import { listen } from './serve.ts';

const app = new Koa();
app.use((ctx) => {
  ctx.body = 'served';
});

test.each([
  ['127.0.0.1', ['127.0.0.1']],
  ['::1', ['[::1]']],
  ['::', ['127.0.0.1', '[::1]']],
  ['0.0.0.0', ['127.0.0.1']],
])('When HOST is %s, Then it is served there and the URL is one', async (host, addresses) => {
  const service = await listen(app, { host, port: 0 });
  const { port } = new URL(service.url);

  for (const address of addresses) {
    expect(await (await fetch(`http://${address}:${port}/`)).text()).toBe('served');
  }
  expect(await (await fetch(service.url)).text()).toBe('served');
  await service.close();
});

test('When the port is in use, Then the error names it', async () => {
  const first = await listen(app, { host: '127.0.0.1', port: 0 });
  const port = Number(new URL(first.url).port);

  await expect(listen(app, { host: '127.0.0.1', port })).rejects.toThrow(ConfigError);
  await expect(listen(app, { host: '127.0.0.1', port })).rejects.toThrow(`PORT: ${port} is in use`);
  await first.close();
});

test.each(['192.0.2.1', '2001:db8::1', 'no-such-host.invalid'])('When HOST is %s, Then HOST is named', async (host) => {
  await expect(listen(app, { host, port: 0 })).rejects.toThrow(/HOST: (?!.*(192|2001|no-such))/);
});

test('When a machine has no IPv6, Then every address of IPv4 is listened on', async () => {
  const { bind } = await import('./bind.ts');
  const tried: unknown[] = [];
  const server = createServer();
  const listening = server.listen.bind(server);
  server.listen = ((port: number, host: string, then: () => void) => {
    tried.push(host);
    if (host === '::') server.emit('error', Object.assign(new Error(), { code: 'EAFNOSUPPORT' }));
    else listening(port, host, then);
    return server;
  }) as typeof server.listen;

  await bind(server as never, '::', 0);

  expect(tried).toEqual(['::', '0.0.0.0']);
  await new Promise((closed) => server.close(closed));
});
