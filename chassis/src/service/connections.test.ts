import { Agent, get } from 'node:http';
import Koa from 'koa';
import { expect, test } from 'vitest';
import { KEEP_ALIVE_MS } from './connections.ts';
import { listen } from './serve.ts';

const app = new Koa();
app.use((ctx) => {
  ctx.body = 'served';
});

/** @returns what the server says of the connection, and which local port it has */
function ask(
  url: string,
  agent: Agent,
): Promise<{ connection: string | undefined; keepAlive: string | undefined; port: number }> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      const { connection, 'keep-alive': keepAlive } = response.headers;
      const port = response.socket.localPort ?? 0;
      response.resume().on('end', () => resolve({ connection, keepAlive: String(keepAlive), port }));
    }).on('error', reject);
  });
}

test('When nothing is set, Then an idle connection outlives the minute of most balancers', async () => {
  const service = await listen(app, { host: '127.0.0.1', port: 0 });
  using agent = Object.assign(new Agent({ keepAlive: true }), { [Symbol.dispose]: () => agent.destroy() });

  expect(KEEP_ALIVE_MS).toBeGreaterThan(60_000);
  expect((await ask(service.url, agent)).keepAlive).toBe(`timeout=${KEEP_ALIVE_MS / 1_000}`);
  await service.close();
});

test('When a connection is old, Then the reply to its next request ends it, and no request is lost', async () => {
  const service = await listen(app, { host: '127.0.0.1', port: 0, connectionLifetimeMs: 100 });
  using agent = Object.assign(new Agent({ keepAlive: true, maxSockets: 1 }), {
    [Symbol.dispose]: () => agent.destroy(),
  });
  const replies: Array<{ connection: string | undefined; port: number }> = [];

  const began = performance.now();
  while (performance.now() - began < 600) replies.push(await ask(service.url, agent));

  const ports = new Set(replies.map(({ port }) => port));
  expect(ports.size).toBeGreaterThan(2);
  expect(replies.filter(({ connection }) => connection === 'close').length).toBeGreaterThanOrEqual(ports.size - 1);
  expect(replies.length).toBeGreaterThan(ports.size * 2);
  await service.close();
});
