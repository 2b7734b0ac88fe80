import { createServer, type Server } from 'node:http';
import { type AddressInfo, Server as NetServer } from 'node:net';
import closeWithGrace from 'close-with-grace';
import type Koa from 'koa';
import type { Logger } from '../telemetry/logger.ts';
import { refuseBadBytes } from './bad-bytes.ts';
import { bind, urlOf } from './bind.ts';
import { CONNECTION_LIFETIME_MS, endOldConnections, KEEP_ALIVE_MS } from './connections.ts';
import { followStarter, onStopSignal } from './process-signals.ts';

const SERVER_OPTIONS = {
  // Node's own limits (60 s for headers, 300 s for a request) let a slow client hold a socket for minutes.
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  maxHeaderSize: 8 * 1024,
  connectionsCheckingInterval: 1_000,
  // The app refuses a request without one itself, and as it refuses one with two.
  requireHostHeader: false,
};

// Time for load balancers to see readiness fail before the listener closes.
const LAME_DUCK_MS = 250;
// Long enough for a busy client on a kept connection to get "Connection: close" with its next reply. A client that gets
// it before the listener closes would connect anew and be reset.
const PARTING_MS = 800;
// Turns of the event loop without a new connection after which the queue is taken for empty, and when to stop asking: clients
// that connect anew for each request never leave it empty, and a turn takes milliseconds where they keep the process busy.
const QUIET_TURNS = 10;
const EMPTYING_MS = 1_000;
// The library's own signals, which are handled in process-signals.ts. An illegal instruction and the like end the process.
const SIGNALS: closeWithGrace.Signals[] = [
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGILL',
  'SIGTRAP',
  'SIGABRT',
  'SIGBUS',
  'SIGFPE',
  'SIGSEGV',
  'SIGUSR2',
  'SIGTERM',
];
// Docker sends SIGKILL 10 s after SIGTERM.
const SHUTDOWN_DEADLINE_MS = 8_000;
// What closing the resources may take of that, sagas a second of it.
const RESOURCES_MS = 1_750;

export interface ListenOptions {
  /** `::` is every address of both families, and of one where the machine has no other. */
  host: string;
  /** 0 takes any free one; `url` says which. */
  port: number;
  /** How long an idle connection is kept: longer than what is in front keeps it, which else sends into one that is closed. */
  keepAliveMs?: number | undefined;
  /**
   * How long a connection is used before the reply to its next request ends it: behind what balances connections, a new
   * replica gets its share only when clients connect anew.
   */
  connectionLifetimeMs?: number | undefined;
}

/** A server that listens. */
export interface Listening {
  readonly url: string;
  /**
   * Stops accepting, lets requests in flight end, and resolves when the last connection is closed.
   *
   * @param partingMs how long an idle connection stays open for one more request, 800 ms where it is left out
   */
  close(partingMs?: number): Promise<void>;
}

/**
 * Listens with limits that a slow or hostile client cannot stretch.
 *
 * @throws ConfigError where host or port cannot be used
 */
export async function listen(app: Koa, { host, port, keepAliveMs, connectionLifetimeMs }: ListenOptions) {
  const server = createServer({ ...SERVER_OPTIONS, keepAliveTimeout: keepAliveMs ?? KEEP_ALIVE_MS }, app.callback());
  answerHalfClosed(server);
  endOldConnections(server, connectionLifetimeMs ?? CONNECTION_LIFETIME_MS);
  refuseBadBytes(server);
  await bind(server, host, port);
  return {
    url: urlOf(server.address() as AddressInfo),
    close: (partingMs?: number) => closeServer(server, partingMs),
  } satisfies Listening;
}

/**
 * Lets a client that has ended its own side behind a request (`nc -N`) have the response. Node's own default ends the
 * connection, though the request may have its effect. What never ends, an event stream, has to watch for that end itself.
 */
function answerHalfClosed(server: Server): void {
  Object.assign(server, { httpAllowHalfOpen: true });
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
  const giveUpAt = performance.now() + EMPTYING_MS;
  while (quietTurns < QUIET_TURNS && performance.now() < giveUpAt) {
    quietTurns += 1;
    await new Promise((resolve) => setImmediate(resolve));
  }
  server.off('connection', accepted);
}

async function closeServer(server: Server, partingMs = PARTING_MS): Promise<void> {
  const deadline = setTimeout(() => server.closeAllConnections(), SHUTDOWN_DEADLINE_MS - LAME_DUCK_MS - RESOURCES_MS);
  await emptyAcceptQueue(server);
  // The HTTP server's own close() also cuts idle connections, and with them the requests in their buffers.
  const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
  let sweep: NodeJS.Timeout | undefined;
  const parting = setTimeout(() => {
    sweep = setInterval(() => server.closeIdleConnections(), 20);
  }, partingMs);
  await closed;
  clearTimeout(parting);
  clearInterval(sweep);
  clearTimeout(deadline);
}

export interface ServeOptions extends ListenOptions {
  app: Koa;
  logger: Logger;
  /** Aborted first of all, so that readiness fails before the listener closes. */
  draining: AbortController;
  /** What to close after the last request, in this order. */
  close: ReadonlyArray<() => Promise<void>>;
}

/**
 * Listens until a signal asks the process to stop, then shuts down in order: readiness off, stop accepting, let requests
 * end, close the resources. A signal that comes more than a second later ends the process at once; so does the deadline
 * of 8 s.
 *
 * @throws ConfigError where host or port cannot be used
 */
export async function serve({ app, logger, draining, close, ...options }: ServeOptions): Promise<Listening> {
  const listening = await listen(app, options);
  let reason = 'nobody';
  const grace = closeWithGrace(
    { delay: SHUTDOWN_DEADLINE_MS, logger: false, skip: ['beforeExit', ...SIGNALS] },
    async ({ err }) => {
      if (err) logger.error('shutting down after an uncaught error', { error: err });
      else logger.info('shutting down', { signal: reason });
      draining.abort();
      await new Promise((resolve) => setTimeout(resolve, LAME_DUCK_MS));
      await listening.close();
      for (const closeResource of close) await closeResource();
      logger.info('stopped');
      if (err) throw err;
    },
  );
  const stop = (why: string) => {
    if (draining.signal.aborted) return;
    reason = why;
    grace.close();
  };
  onStopSignal(stop);
  followStarter(() => stop('the starter is gone'));
  logger.info('listening', { url: listening.url });
  return listening;
}
