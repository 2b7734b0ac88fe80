import { type ConnectionOptions, connect } from 'node:tls';

/** What came back on one connection. */
export interface Received {
  /** The statuses of the responses so far, those aside that only announce one. */
  statuses: () => number[];
  /** Resolves with the first response, or where the connection ends without one. */
  responded: Promise<void>;
  [Symbol.dispose](): void;
}

const FINAL = /HTTP\/1\.[01] ([2-5]\d\d) /g;

/** Sends bytes as they are on a TLS connection of their own; a client would not let most of them go out. */
export function sendBytes(options: ConnectionOptions, bytes: string): Received {
  const { promise: responded, resolve } = Promise.withResolvers<void>();
  let received = '';
  const statuses = () => [...received.matchAll(FINAL)].map(([, status]) => Number(status));
  const socket = connect({ ...options, ALPNProtocols: ['http/1.1'] }, () => socket.write(bytes, 'latin1'));
  socket.setEncoding('latin1');
  socket.on('data', (data) => {
    received += data;
    if (statuses().length > 0) resolve();
  });
  socket.on('close', () => resolve());
  socket.on('error', () => {});
  return { statuses, responded, [Symbol.dispose]: () => socket.destroy() };
}
