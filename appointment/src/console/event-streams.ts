import type { ServerResponse } from 'node:http';
import { Problem } from '@appointments/chassis';
import type { Context } from 'koa';

/** One browser that listens. */
export interface EventStream {
  send(event: string, data: unknown, id?: number): void;
  end(): void;
}

export type EventStreams = ReturnType<typeof createEventStreams>;

const MAX_STREAMS = 100;
const HEARTBEAT_MS = 15_000;
// A browser that does not read this much is given up; when it reads again it connects anew and catches up.
const MAX_UNREAD_BYTES = 256 * 1024;
const RECONNECT_MS = 1_000;

/**
 * Server-sent event streams: at most a hundred, each with a heartbeat, all ended when the process drains.
 *
 * @param draining aborted when shutdown begins
 */
export function createEventStreams(draining: AbortSignal, heartbeatMs = HEARTBEAT_MS) {
  const open = new Set<ServerResponse>();
  draining.addEventListener('abort', () => {
    for (const response of open) response.end();
  });

  function assertRoom(): void {
    const headers = { 'retry-after': '5' };
    if (draining.aborted) throw new Problem(503, 'draining', { detail: 'The service is shutting down.', headers });
    if (open.size >= MAX_STREAMS) {
      throw new Problem(503, 'overloaded', { detail: 'Too many pages listen already.', headers });
    }
  }

  /**
   * Turns the reply into a stream.
   *
   * @param isWelcome asked at every heartbeat whether the stream may go on
   * @param closed called once, however it ends
   * @throws Problem 503 where there are too many, or the service shuts down
   */
  function start(ctx: Context, isWelcome: () => Promise<boolean>, closed: () => void): EventStream {
    assertRoom();
    const { res: response, socket } = ctx;
    // Koa would take a browser that goes away for a failure, and log it as one.
    ctx.respond = false;
    open.add(response);
    const beat = async () => {
      // A store that does not respond has not said that the operator signed out.
      const welcome = await isWelcome().catch(() => true);
      if (response.writable) welcome ? response.write(': alive\n\n') : response.end();
    };
    const heartbeat = setInterval(beat, heartbeatMs);
    const left = () => void response.end();
    const close = () => {
      socket.off('end', left);
      clearInterval(heartbeat);
      open.delete(response);
      closed();
    };
    // A browser that is gone has ended its side of the connection, and the server keeps its own: see serve.ts. It may have
    // gone before this.
    if (socket.readableEnded) setImmediate(left);
    else socket.once('end', left);
    if (response.closed) setImmediate(close);
    else response.once('close', close);
    ctx.status = 200;
    ctx.set({ 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
    response.write(`retry: ${RECONNECT_MS}\n\n`);

    return {
      send(event, data, id) {
        if (!response.writable) return;
        if (response.writableLength > MAX_UNREAD_BYTES) return void response.destroy();
        response.write(`${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
      },
      end: () => void response.end(),
    };
  }

  return { start };
}
