import { Agent, createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';

const PROXIED = { 'x-forwarded-proto': 'http' };

/** A reply with what matters of it. */
export interface BalancedReply {
  status: number;
  headers: IncomingMessage['headers'];
}

/** One proxy that says who the client is as haproxy.cfg does, whatever the client said. */
export async function startBalancer(target: () => string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 32 });
  const server = createServer((incoming, response) => {
    const { host, remoteAddress = '' } = { host: incoming.headers.host, remoteAddress: incoming.socket.remoteAddress };
    const said = { ...PROXIED, 'x-forwarded-for': remoteAddress, 'x-forwarded-host': host };
    const options = { agent, method: incoming.method, headers: { ...incoming.headers, ...said } };
    const outgoing = request(target() + incoming.url, options, (reply) => {
      response.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(response);
    });
    outgoing.on('error', () => response.destroy());
    incoming.pipe(outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;

  return {
    url,
    /** Sends requests from one of this machine's loopback addresses. */
    from(localAddress: string) {
      const own = new Agent({ keepAlive: true, maxSockets: 32, localAddress });
      return (method: string, path: string, headers: Record<string, string> = {}, body = '') =>
        new Promise<BalancedReply>((resolve, reject) => {
          const sent = request(url + path, { agent: own, method, headers }, (reply) => {
            reply.resume().on('end', () => resolve({ status: reply.statusCode ?? 0, headers: reply.headers }));
          });
          sent.on('error', reject).end(body);
        });
    },
    async [Symbol.asyncDispose](): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      agent.destroy();
    },
  };
}
