import { createServer, type Server } from 'node:http';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import closeWithGrace from 'close-with-grace';
import type Koa from 'koa';
import type { Logger } from '../telemetry/logger.ts';

// Node's own limits (60 s for headers, 300 s for a request) let a slow client hold a socket for minutes.
const SERVER_LIMITS = {
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  maxHeaderSize: 8 * 1024,
  connectionsCheckingInterval: 1_000,
  keepAliveTimeout: 30_000,
};

// Time for load balancers to see readiness fail before the listener closes.
const LAME_DUCK_MS = 250;
// Long enough for a busy client on a kept connection to get "Connection: close" with its next reply. A client that gets
// it before the listener closes would connect anew and be reset.
const PARTING_MS = 800;
// Turns of the event loop without a new connection after which the queue is taken for empty, and when to stop asking.
const QUIET_TURNS = 10;
const MOST_TURNS = 1_000;
// Docker sends SIGKILL 10 s after SIGTERM.
const SHUTDOWN_DEADLINE_MS = 8_000;

/** A server that listens. */
export interface Listening {
  readonly url: string;
  /** Stops accepting, lets requests in flight end, and resolves when the last connection is closed. */
  close(): Promise<void>;
}

/**
 * Listens with limits that a slow or hostile client cannot stretch.
 *
 * @param port 0 takes any free one; `url` says which
 * @throws the listen error, for instance EADDRINUSE
 */
export async function listen(app: Koa, { host, port }: { host: string; port: number }): Promise<Listening> {
  const server = createServer(SERVER_LIMITS, app.callback());
  server.on('clientError', refuseConnection);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, () => resolve());
  });
  const { port: actualPort } = server.address() as AddressInfo;
  return { url: `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${actualPort}`, close: () => closeServer(server) };
}

// RFC 9112 section 3: what is not HTTP gets a 400; nothing of it is echoed.
const BAD_REQUEST = '400 Bad Request';
const CONNECTION_REFUSALS: Record<string, string> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

function refuseConnection(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (socket.writable) {
    const status = CONNECTION_REFUSALS[error.code ?? ''] ?? BAD_REQUEST;
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  }
  // A client that never closes its side would hold the socket, and the shutdown with it, forever.
  (socket as Socket).destroySoon();
}

/**
 * Accepts every connection in the listener's queue: closing the listener resets those. Node accepts one in each turn of
 * the event loop.
 */
async function emptyAcceptQueue(server: Server): Promise<void> {
  let quietTurns = 0;
  const accepted = () => {
    quietTurns = 0;
  };
  server.on('connection', accepted);
  for (let turn = 0; turn < MOST_TURNS && quietTurns < QUIET_TURNS; turn += 1) {
    quietTurns += 1;
    await new Promise((resolve) => setImmediate(resolve));
  }
  server.off('connection', accepted);
}

async function closeServer(server: Server): Promise<void> {
  await emptyAcceptQueue(server);
  // The HTTP server's own close() also cuts idle connections, and with them the requests in their buffers.
  const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
  const deadline = setTimeout(() => server.closeAllConnections(), SHUTDOWN_DEADLINE_MS - LAME_DUCK_MS - 600);
  let sweep: NodeJS.Timeout | undefined;
  const parting = setTimeout(() => {
    sweep = setInterval(() => server.closeIdleConnections(), 20);
  }, PARTING_MS);
  await closed;
  clearTimeout(parting);
  clearInterval(sweep);
  clearTimeout(deadline);
}

export interface ServeOptions {
  app: Koa;
  host: string;
  port: number;
  logger: Logger;
  /** Aborted first of all, so that readiness fails before the listener closes. */
  draining: AbortController;
  /** What to close after the last request, in this order. */
  close: ReadonlyArray<() => Promise<void>>;
}

/**
 * Listens until SIGTERM or SIGINT, then shuts down in order: readiness off, stop accepting, let requests end, close the
 * resources. A second signal ends the process at once; so does the deadline of 8 s.
 */
export async function serve({ app, host, port, logger, draining, close }: ServeOptions): Promise<Listening> {
  const listening = await listen(app, { host, port });
  closeWithGrace({ delay: SHUTDOWN_DEADLINE_MS, logger: false, skip: ['beforeExit'] }, async ({ signal, err }) => {
    if (err) logger.error('shutting down after an uncaught error', { error: err });
    else logger.info('shutting down', { signal });
    draining.abort();
    await new Promise((resolve) => setTimeout(resolve, LAME_DUCK_MS));
    await listening.close();
    for (const closeResource of close) await closeResource();
    logger.info('stopped');
    if (err) throw err;
  });
  logger.info('listening', { url: listening.url });
  return listening;
}
