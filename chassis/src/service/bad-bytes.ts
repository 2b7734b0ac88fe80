import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

// RFC 9112 section 3: what is not HTTP gets a 400; nothing of it is echoed.
const BAD_REQUEST = '400 Bad Request';
const REFUSALS: Record<string, string> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
}

/**
 * Ends each connection on which something comes that is not HTTP. The requests that had come whole before it are still
 * being worked on, and get their own responses first; only where there is none does the refusal have a response of its own.
 */
export function refuseBadBytes(server: Server): void {
  const open = new WeakMap<Socket, Exchange[]>();
  const refused = new WeakSet<Socket>();
  server.prependListener('request', (request, response) => {
    const exchange = { request, response };
    const exchanges = open.get(request.socket) ?? [];
    exchanges.push(exchange);
    open.set(request.socket, exchanges);
    const forget = () => {
      if (response.closed && request.complete) remove(exchanges, exchange);
    };
    response.once('close', forget);
    // Of a request whose response did not wait for its body, more is still to come.
    request.once('close', forget);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // Every further byte is an error again.
    if (refused.has(socket as Socket)) return;
    refused.add(socket as Socket);
    refuse(socket as Socket, open.get(socket as Socket) ?? [], error.code);
  });
}

function remove<Item>(items: Item[], item: Item): void {
  const index = items.indexOf(item);
  if (index >= 0) items.splice(index, 1);
}

function refuse(socket: Socket, exchanges: readonly Exchange[], code = ''): void {
  const owed = exchanges.filter(({ request, response }) => request.complete && !response.closed).at(-1)?.response;
  if (owed) {
    if (!owed.headersSent) owed.setHeader('connection', 'close');
    owed.once('close', () => socket.destroySoon());
    return;
  }
  const hasResponse = exchanges.some(({ response }) => response.headersSent);
  if (socket.writable && !hasResponse) {
    socket.end(`HTTP/1.1 ${REFUSALS[code] ?? BAD_REQUEST}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  }
  // A client that never closes its side would hold the socket, and the shutdown with it, forever.
  socket.destroySoon();
}
