import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** The client's and the server's side of one connection. */
type Join = (client: Socket, server: Socket) => void;

/**
 * Stands between clients and a server.
 *
 * @param url the server's
 * @param join passes on what the two sides of a connection send
 */
async function startProxy(url: string, join: (client: Socket, connectServer: () => Socket) => void) {
  const port = Number(new URL(url).port);
  const sockets = new Set<Socket>();
  const kept = (socket: Socket) => {
    sockets.add(socket.on('error', () => {}));
    return socket;
  };
  const proxy = createServer((client) => join(kept(client), () => kept(connect(port, '127.0.0.1'))));
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: Object.assign(new URL(url), { port: String((proxy.address() as AddressInfo).port) }).href,
    cut,
    [Symbol.dispose]() {
      cut();
      proxy.close();
    },
  };
}

/** A network whose cable can be pulled: what is sent meanwhile goes nowhere, and connections are not refused either. */
export async function startNetwork(url: string) {
  let off = false;
  const proxy = await startProxy(url, (client, connectServer) => {
    if (!off) client.pipe(connectServer()).pipe(client);
  });
  return {
    ...proxy,
    goOff: () => {
      off = true;
      proxy.cut();
    },
    comeBack: () => {
      off = false;
    },
  };
}

/** Breaks the connection in place of the server's response to a COMMIT. */
export async function startCommitSwallower(url: string) {
  const state = { swallow: false, swallowed: 0 };
  const join: Join = (client, server) => {
    let committing = false;
    client.on('data', (data) => {
      committing = state.swallow && data.includes('COMMIT\0');
      server.write(data);
    });
    server.on('data', (data) => {
      if (!committing) return void client.write(data);
      state.swallow = false;
      state.swallowed += 1;
      client.destroy();
      server.destroy();
    });
    client.on('close', () => server.destroy());
    server.on('close', () => client.destroy());
  };
  return { ...(await startProxy(url, (client, connectServer) => join(client, connectServer()))), state };
}
