import type { ServerResponse } from 'node:http';
import { Problem } from '@appointments/chassis';
import type { Context } from 'koa';

/** One page that listens. */
export interface EventStream {
  send(event: string, data: unknown, id?: number): void;
}

export interface StreamOptions {
  /** The session that the stream is for. */
  owner: string;
  /** Asked at every heartbeat whether the stream may go on. */
  isWelcome: () => Promise<boolean>;
  /** Called once, however it ends. */
  closed: () => void;
}

export type EventStreams = ReturnType<typeof createEventStreams>;

const MAX_STREAMS = 100;
// A browser needs one, whatever number of tabs it has; several browsers may have taken over one session.
const MAX_OF_AN_OWNER = 6;
const HEARTBEAT_MS = 15_000;
// A browser that does not read this much is given up; when it reads again it connects anew and catches up.
const MAX_UNREAD_BYTES = 256 * 1024;
// One that was told to go and does not even read that.
const LEAVING_MS = 5_000;

interface OpenStream {
  owner: string;
  end(lastEvent?: string): void;
}

const written = (event: string, data: unknown, id?: number): string =>
  `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

/**
 * Server-sent event streams: at most a hundred, six for each session, each with a heartbeat, all ended when the process
 * drains. Nobody is shut out: where there are too many, the oldest of the session that has the most ends, with the event
 * `crowded`, and its page polls from then on.
 *
 * @param draining aborted when shutdown begins
 */
export function createEventStreams(draining: AbortSignal, heartbeatMs = HEARTBEAT_MS) {
  // In the order in which they began.
  const open = new Set<OpenStream>();
  draining.addEventListener('abort', () => {
    for (const stream of open) stream.end();
  });

  function makeRoom(owner: string): void {
    const counts = countByOwner(open);
    if ((counts.get(owner) ?? 0) >= MAX_OF_AN_OWNER) oldestOf(open, owner)?.end('crowded');
    if (open.size < MAX_STREAMS) return;
    const most = Math.max(...counts.values());
    // The map has the owners in the order of their oldest streams.
    const [biggest = owner] = [...counts].find(([, count]) => count === most) ?? [];
    oldestOf(open, biggest)?.end('crowded');
  }

  /**
   * Turns the reply into a stream.
   *
   * @throws Problem 503 where the service shuts down
   */
  function start(ctx: Context, { owner, isWelcome, closed }: StreamOptions): EventStream {
    if (draining.aborted) {
      const headers = { 'retry-after': '5' };
      throw new Problem(503, 'draining', { detail: 'The service is shutting down.', headers });
    }
    makeRoom(owner);
    const { res: response } = ctx;
    // Koa would take a browser that goes away for a failure, and log it as one.
    ctx.respond = false;
    // A response says that it is writable even after its end, until it is closed.
    const isOpen = () => open.has(stream) && response.writable;
    const beat = async () => {
      // A store that does not respond has not said that the operator signed out.
      const welcome = await isWelcome().catch(() => true);
      if (!isOpen()) return;
      if (welcome) response.write(written('alive', null));
      else stream.end();
    };
    const heartbeat = setInterval(beat, heartbeatMs);
    const stream: OpenStream = {
      owner,
      end(lastEvent) {
        if (!open.delete(stream)) return;
        response.end(lastEvent && written(lastEvent, null));
        setTimeout(() => response.writableFinished || response.destroy(), LEAVING_MS).unref();
      },
    };
    open.add(stream);
    whenGone(
      ctx,
      () => stream.end(),
      () => {
        clearInterval(heartbeat);
        open.delete(stream);
        closed();
      },
    );
    begin(ctx, response);
    return {
      send(event, data, id) {
        if (!isOpen()) return;
        if (response.writableLength > MAX_UNREAD_BYTES) return void response.destroy();
        response.write(written(event, data, id));
      },
    };
  }

  /** Ends the streams of a session that is over. */
  function endOf(owner: string): void {
    for (const stream of [...open]) if (stream.owner === owner) stream.end();
  }

  return { start, endOf };
}

const oldestOf = (streams: Iterable<OpenStream>, owner: string): OpenStream | undefined =>
  [...streams].find((stream) => stream.owner === owner);

function begin(ctx: Context, response: ServerResponse): void {
  ctx.status = 200;
  ctx.set({ 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
  response.write(': begun\n\n');
}

/**
 * @param left called when the browser has ended its side of the connection; the server keeps its own, see serve.ts
 * @param closed called when the connection is closed
 */
function whenGone({ res: response, socket }: Context, left: () => void, closed: () => void): void {
  const close = () => {
    socket.off('end', left);
    closed();
  };
  // Requests that were sent one behind the other on a connection each listen to its end.
  socket.setMaxListeners(MAX_STREAMS);
  // Either may have come before this.
  if (socket.readableEnded) setImmediate(left);
  else socket.once('end', left);
  if (response.closed) setImmediate(close);
  else response.once('close', close);
}

function countByOwner(streams: Iterable<OpenStream>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { owner } of streams) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  return counts;
}
