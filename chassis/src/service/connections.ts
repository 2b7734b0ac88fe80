import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Longer than the minute for which most balancers keep theirs. */
export const KEEP_ALIVE_MS = 65_000;
/** So that a new replica has its share within half a minute. */
export const CONNECTION_LIFETIME_MS = 15_000;
// Connections that were made at once do not end at once.
const SPREAD = 0.5;

/** Ends each connection with the reply to its first request after its time: announced, so that no client loses one. */
export function endOldConnections(server: Server, lifetimeMs: number): void {
  const endsAt = new WeakMap<Socket, number>();
  server.on('connection', (socket: Socket) => {
    endsAt.set(socket, performance.now() + lifetimeMs * (1 + SPREAD * Math.random()));
  });
  server.prependListener('request', ({ socket }, response) => {
    if (performance.now() >= (endsAt.get(socket) ?? 0)) response.setHeader('connection', 'close');
  });
}
