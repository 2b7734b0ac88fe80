import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import Koa from 'koa';
import { expect, test } from 'vitest';
import { createPeerClient } from '../peer/peer-client.ts';
import { listen } from './serve.ts';

const LIFETIME_MS = 300;
const CLIENTS = 8;
const LEAST_SHARE = 0.25;

async function startBackend() {
  let served = 0;
  const app = new Koa();
  app.use((ctx) => {
    served += 1;
    ctx.body = {};
  });
  const listening = await listen(app, { host: '127.0.0.1', port: 0, connectionLifetimeMs: LIFETIME_MS });
  return { ...listening, served: () => served };
}

/** Gives each new connection to the next backend, as kube-proxy and network balancers do. */
async function startBalancer(backends: Array<{ url: string }>) {
  let next = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const backend = backends[next++ % backends.length];
    const upstream = connect(Number(new URL(backend?.url ?? '').port), '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
    }
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

test('When a backend is added behind a balancer of connections, Then it gets its share, and no call fails', async () => {
  const [first, second] = [await startBackend(), await startBackend()];
  const backends = [first];
  const balancer = await startBalancer(backends);
  const client = createPeerClient({ name: 'peer', baseUrl: balancer.url, timeoutMs: 5_000 });
  const failures: unknown[] = [];
  let isOver = false;
  const load = Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      while (!isOver) {
        await client.call('POST', 'things', { json: {} }).catch((error: unknown) => failures.push(error));
        await delay(1);
      }
    }),
  );
  while (first.served() < 200) await delay(5);

  backends.push(second);
  let share = 0;
  // Calls that come after it has its share are of both.
  while (share < LEAST_SHARE) {
    const [before, of] = [second.served(), first.served() + second.served()];
    while (first.served() + second.served() < of + 400) await delay(5);
    share = (second.served() - before) / (first.served() + second.served() - of);
  }
  isOver = true;
  await load;

  expect(failures).toEqual([]);
  await client.close();
  balancer.close();
  await Promise.all([first.close(), second.close()]);
});
