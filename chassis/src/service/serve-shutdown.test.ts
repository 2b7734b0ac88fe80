import { Agent, get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import Router from '@koa/router';
import Koa from 'koa';
import { expect, test } from 'vitest';
import { createTestLogger, waitUntil } from '../../testing/index.ts';
import { createApp } from './create-app.ts';
import { listen } from './serve.ts';

// Far from the 6 s after which connections are cut, and far from what a busy machine takes.
const PROMPT_MS = 2_000;

/** A service with one path that responds at once and one that responds when the test says so. */
async function startSlowService() {
  const slow = Promise.withResolvers<void>();
  let begun = 0;
  const app = new Koa();
  app.use(async (ctx) => {
    if (ctx.path === '/slow') {
      begun += 1;
      await slow.promise;
    }
    ctx.body = 'served';
  });
  const listening = await listen(app, { host: '127.0.0.1', port: 0 });
  return { ...listening, finish: slow.resolve, begun: () => begun };
}

function request(url: string, agent: Agent): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      response.resume();
      response.on('end', () => resolve(response));
    }).on('error', reject);
  });
}

async function isRefused(url: string): Promise<boolean> {
  const failed = await request(url, new Agent()).then(
    () => undefined,
    (error: NodeJS.ErrnoException) => error,
  );
  return failed?.code === 'ECONNREFUSED';
}

test('When it closes with a request in flight, Then that one ends, new ones are refused, and close is prompt', async () => {
  const service = await startSlowService();
  const agent = new Agent({ keepAlive: true });
  const response = request(`${service.url}/slow`, agent);
  await waitUntil('the request has begun', () => service.begun() === 1);

  const closed = service.close();
  await waitUntil('new ones are refused', () => isRefused(service.url));
  service.finish();
  const finishedAt = performance.now();

  expect((await response).statusCode).toBe(200);
  await closed;
  expect(performance.now() - finishedAt).toBeLessThan(PROMPT_MS);
  agent.destroy();
});

test('When it closes with idle keep-alive connections, Then close does not wait for them', async () => {
  const service = await startSlowService();
  const agent = new Agent({ keepAlive: true, maxSockets: 5 });
  await Promise.all(Array.from({ length: 5 }, () => request(service.url, agent)));
  const began = performance.now();

  await service.close();

  expect(performance.now() - began).toBeLessThan(PROMPT_MS);
  agent.destroy();
});

test('When a connection is opened and nothing is sent on it, Then close does not wait for it either', async () => {
  const service = await startSlowService();
  const agent = new Agent({ keepAlive: true });
  const { port, hostname } = new URL(service.url);
  const socket = connect(Number(port), hostname);
  await request(service.url, agent);
  const began = performance.now();

  await service.close();

  expect(performance.now() - began).toBeLessThan(PROMPT_MS);
  socket.destroy();
  agent.destroy();
});

test('When a request never ends, Then it is cut while there is time for closing the resources', async () => {
  const service = await startSlowService();
  const cut = request(`${service.url}/slow`, new Agent()).catch((error: Error) => error);
  await waitUntil('the request has begun', () => service.begun() === 1);
  const began = performance.now();

  await service.close();

  // Of 8 s in all, with a quarter before this and more than one second behind it.
  expect(performance.now() - began).toBeLessThan(6_750);
  expect(await cut).toBeInstanceOf(Error);
});

test('When it is closed twice, Then both resolve', async () => {
  const service = await startSlowService();

  await Promise.all([service.close(), service.close()]);
});

test('When a request ends after the listener has closed, Then its reply says Connection: close', async () => {
  const slow = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const router = new Router();
  router.get('/slow', async (ctx) => {
    begun.resolve();
    await slow.promise;
    ctx.body = 'served';
  });
  const { logger } = createTestLogger();
  const app = createApp({ logger, router, ready: async () => {}, draining: new AbortController().signal });
  const service = await listen(app, { host: '127.0.0.1', port: 0 });
  const response = fetch(`${service.url}/slow`);
  await begun.promise;

  const closed = service.close();
  await waitUntil('the listener is closed', () => isRefused(service.url));
  slow.resolve();

  expect((await response).headers.get('connection')).toBe('close');
  await closed;
});

test('When clients connect anew all the time and keep it busy, Then it stops listening all the same', async () => {
  const app = new Koa();
  app.use((ctx) => {
    // A turn of the event loop takes long.
    for (const until = performance.now() + 10; performance.now() < until; );
    ctx.body = 'served';
  });
  const service = await listen(app, { host: '127.0.0.1', port: 0 });
  const { port } = new URL(service.url);
  let isFlooding = true;
  const flood = async () => {
    while (isFlooding) await isRefused(`http://127.0.0.1:${port}`).then((refused) => (isFlooding &&= !refused));
  };
  const clients = Array.from({ length: 8 }, flood);
  const began = performance.now();

  await service.close();
  await Promise.all(clients);

  // A thousand turns would take 10 s.
  expect(performance.now() - began).toBeLessThan(5_000);
});
