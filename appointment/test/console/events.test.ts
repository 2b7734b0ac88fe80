import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { startTestServer, takePort, temporaryFolder, waitUntil } from '@appointments/chassis/testing';
import Koa from 'koa';
import { expect, test } from 'vitest';
import { startServiceProcess, waitUntilReady } from '../../../scripts/stack.ts';
import { mapServicesAsync, SERVICE_NAMES } from '../../../services.ts';
import { createEventStreams } from '../../src/console/event-streams.ts';
import { GUIDE_REQUEST } from '../appointment-stack.ts';
import { listen } from './listen.ts';
import { createVisitor, startWithOperator, TOKEN, type Visitor } from './operator.ts';

test.each(['/console/events', '/console/changes'])(
  'When nobody is signed in, Then %s is 401; and 403 for a page of another origin, whoever is',
  async (path) => {
    await using running = await startWithOperator();
    const url = running.stack.url() + path;
    const headers = { cookie: running.operator.cookie(), 'sec-fetch-site': 'same-site' };

    const responses = [await fetch(url), await fetch(url, { headers })];

    expect(responses.map(({ status }) => status)).toEqual([401, 403]);
    for (const { body } of responses) await body?.cancel();
  },
);

test('When a page polls, Then it gets at once what a stream would have told it, and no line at info says so', async () => {
  await using running = await startWithOperator();
  const { stack, operator } = running;
  const before = Date.now();
  const path = (await stack.book({ ...GUIDE_REQUEST, name: 'Polled Patient' })).headers.get('location') as string;
  const id = path.split('/').at(-1);
  const poll = async (query: string) => JSON.parse((await operator.get(`/console/changes?${query}`)).text);

  const list = await poll(`since=${before}&q=polled`);
  const booking = await poll(`since=${before}&booking=${id}`);
  const tooLate = await poll(`since=${before - 3_600_000}`);

  expect(list.events[0]).toMatchObject({ name: 'rows', data: [{ id, isFound: true }] });
  expect(list.events[0].data[0].row).toContain('Polled Patient');
  expect(list.events[1]).toMatchObject({ name: 'parts', data: { today: expect.any(String) } });
  expect(booking.events).toMatchObject([{ name: 'parts', data: { state: expect.stringContaining('Confirmed') } }]);
  expect(tooLate.events).toMatchObject([{ name: 'stale' }]);
  expect(list.at).toBeGreaterThanOrEqual(before);
  const lines = stack.lines.filter((line) => line.includes('/console/changes')).map((line) => JSON.parse(line).level);
  expect(lines).toEqual(['debug', 'debug', 'debug']);
});

test('When a booking is found under an id that only a service knows, Then its row stays in the list as it changes', async () => {
  await using running = await startWithOperator();
  const { stack, operator } = running;
  const before = Date.now();
  const { json, headers } = await stack.book();
  await stack.cancel(headers.get('location') as string);

  const { text } = await operator.get(`/console/changes?since=${before}&q=${json.appointmentId}`);

  expect(JSON.parse(text).events[0].data).toMatchObject([{ row: expect.any(String), isFound: false }]);
});

test('When a booking is made and another changes, Then the list hears of both, filtered as it is', async () => {
  await using running = await startWithOperator();
  const { stack, operator } = running;
  const earlier = (await stack.book()).headers.get('location') as string;
  await using all = await listen(operator, '/console/events');
  await using confirmed = await listen(operator, '/console/events?status=confirmed');

  await stack.cancel(earlier);
  await stack.book({ ...GUIDE_REQUEST, name: 'Ada <b>Lovelace</b>' });

  await all.hears('Ada &lt;b&gt;Lovelace');
  await all.hears('Cancelled');
  await confirmed.hears(`{"id":"${earlier.split('/').at(-1)}","row":null,"isFound":false}`);
  expect(all.heard.text).not.toContain('<b>Lovelace');
});

test('When a page was open before, Then it hears what it missed; after a long time, that it is stale', async () => {
  await using running = await startWithOperator();
  const { stack, operator } = running;
  const before = Date.now();
  await stack.book({ ...GUIDE_REQUEST, name: 'Missed Patient' });

  await using late = await listen(operator, `/console/events?since=${before}`);
  await late.hears('Missed Patient');
  await using tooLate = await listen(operator, `/console/events?since=${before - 3_600_000}`);
  await tooLate.hears('event: stale');
});

test('When a booking is looked at, Then its parts come anew when it changes, and those of no other', async () => {
  await using running = await startWithOperator();
  const { stack, operator } = running;
  const path = (await stack.book()).headers.get('location') as string;
  await using one = await listen(operator, `/console/events?booking=${path.split('/').at(-1)}`);

  await stack.book({ ...GUIDE_REQUEST, name: 'Another Patient' });
  await stack.cancel(path);

  await one.hears('Cancelled by an operator');
  expect(one.heard.text).not.toContain('Another Patient');
});

/** A server that does nothing but stream, to the session that the path names. */
async function startStreams(isWelcome: () => Promise<boolean>, begin = async (_ctx: Koa.Context) => {}) {
  const draining = new AbortController();
  const streams = createEventStreams(draining.signal, 5);
  let closed = 0;
  const app = new Koa();
  app.silent = true;
  app.use(async (ctx) => {
    await begin(ctx);
    streams.start(ctx, { owner: ctx.path, isWelcome, closed: () => (closed += 1) });
  });
  const server = await startTestServer(app);
  return { server, draining, closed: () => closed };
}

/** Opens so many streams, one after the other, and keeps what each is told. */
async function openStreams(url: string, paths: readonly string[]) {
  const told: string[] = [];
  const sockets: Socket[] = [];
  for (const [index, path] of paths.entries()) {
    const socket = connectTo(url).setEncoding('utf8');
    sockets.push(socket);
    told[index] = '';
    socket.on('data', (text) => {
      told[index] = `${told[index]}${text}`;
    });
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await once(socket, 'data');
    expect(told[index]).toMatch(/^HTTP\/1.1 200 /);
  }
  return {
    told,
    isCrowded: (index: number) => told[index]?.includes('event: crowded'),
    [Symbol.dispose]: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

test('When 500 streams are opened by as many sessions, Then the oldest end, told so, and each next one is let in', async () => {
  const { server, closed } = await startStreams(async () => true);
  await using _server = server;
  using streams = await openStreams(
    server.url,
    Array.from({ length: 500 }, (_, index) => `/session-${index}`),
  );

  using _another = await openStreams(server.url, ['/another']);

  await waitUntil('the oldest are closed', () => closed() === 401);
  expect([streams.isCrowded(0), streams.isCrowded(400), streams.isCrowded(401)]).toEqual([true, true, false]);
}, 120_000);

test('When one session opens more than six, Then its own oldest ends and nobody else’s', async () => {
  const { server, closed } = await startStreams(async () => true);
  await using _server = server;
  using streams = await openStreams(server.url, ['/other', ...Array.from({ length: 8 }, () => '/one')]);

  await waitUntil('two are closed', () => closed() === 2);
  expect([0, 1, 2, 3].map(streams.isCrowded)).toEqual([false, true, true, false]);
});

test('When there are as many as may be, Then one of the session that has the most gives way', async () => {
  const { server, closed } = await startStreams(async () => true);
  await using _server = server;
  const single = Array.from({ length: 95 }, (_, index) => `/session-${index}`);
  using streams = await openStreams(server.url, [...single, ...Array.from({ length: 5 }, () => '/many')]);

  using _another = await openStreams(server.url, ['/another']);

  await waitUntil('one is closed', () => closed() === 1);
  expect([streams.isCrowded(0), streams.isCrowded(95), streams.isCrowded(96)]).toEqual([false, true, false]);
});

function connectTo(url: string): Socket {
  const { hostname, port } = new URL(url);
  return connect({ host: hostname, port: Number(port), allowHalfOpen: true });
}

test.each(['before', 'after'])(
  'When a browser ends its side %s the stream begins, Then the stream ends',
  async (moment) => {
    const { server, closed } = await startStreams(
      async () => true,
      async ({ socket }) => {
        if (moment === 'before') await once(socket, 'end');
      },
    );
    await using _server = server;
    const browser = connectTo(server.url);
    browser.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    if (moment === 'after') await once(browser, 'data');

    browser.end();

    browser.resume();
    await Promise.all([once(browser, 'end'), waitUntil('the stream is closed', () => closed() === 1)]);
  },
);

test('When a browser is gone before the stream begins, Then the stream is closed', async () => {
  const asked = Promise.withResolvers<void>();
  const { server, closed } = await startStreams(
    async () => true,
    async ({ socket }) => {
      asked.resolve();
      await new Promise((gone) => socket.once('close', gone));
    },
  );
  await using _server = server;
  const browser = connectTo(server.url);
  browser.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await asked.promise;

  browser.resetAndDestroy();

  await waitUntil('the stream is closed', () => closed() === 1);
});

test('When it is quiet, Then a heartbeat; when the listener is no longer welcome, Then the end', async () => {
  let welcome = true;
  const { server } = await startStreams(async () => welcome);
  await using _server = server;
  await using stream = await listen(
    { listen: (path: string, signal: AbortSignal) => fetch(server.url + path, { signal }) } as Visitor,
    '/',
  );

  await stream.hears('event: alive');
  welcome = false;
  await waitUntil('the stream has ended', () => stream.heard.ended);
});

test('When something happens to a stream that has been ended and is not yet closed, Then it is not sent', async () => {
  const streams = createEventStreams(new AbortController().signal);
  const failures: unknown[] = [];
  const app = new Koa();
  app.use((ctx) => {
    ctx.res.on('error', (error) => failures.push(error));
    const stream = streams.start(ctx, { owner: 'one', isWelcome: async () => true, closed: () => {} });
    stream.send('rows', 'before');
    streams.endOf('one');
    stream.send('rows', 'after');
  });
  await using server = await startTestServer(app);

  const text = await (await fetch(server.url)).text();

  expect(text).toContain('before');
  expect(text).not.toContain('after');
  expect(failures).toEqual([]);
});

test('When the process is asked to stop while pages listen, Then it has stopped within 3 s', async () => {
  using folder = temporaryFolder();
  const service = startServiceProcess('appointment', {
    ports: await mapServicesAsync(SERVICE_NAMES, takePort),
    dataDir: join(folder.path, 'data'),
    env: { OPERATOR_TOKEN: TOKEN },
    output: 'ignore',
  });
  await waitUntilReady(service);
  const visitor = createVisitor(() => service.url);
  await visitor.signIn();
  await using stream = await listen(visitor, '/console/events');
  await stream.hears('event: parts');

  const asked = performance.now();
  service.process.kill('SIGTERM');

  expect(await service.exited).toBe(0);
  expect(performance.now() - asked).toBeLessThan(3_000);
});
