import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { takePort } from '../../../store/testing/free-ports.ts';
import { type Child, startChild, waitUntil } from '../processes/child.ts';
import type { Contender, Running, Surroundings } from './contender.ts';
import { startProgram } from './program.ts';

interface Ports {
  ingress: number;
  admin: number;
  fabric: number;
  service: number;
}

/** Restate's server with a service of its TypeScript SDK. */
export function restateContender(surroundings: Surroundings): Contender {
  return {
    name: 'Restate',
    keeps: RESTATE_KEEPS,
    start: onRestate(surroundings.folder, async ({ service, ingressUrl }) => {
      const child = await startProgram('restate', service, surroundings, {}, () => accepts(service));
      // Clients send their requests to Restate's ingress, with no web framework in between.
      return { url: `${ingressUrl}/Appointments/book`, pids: [child.pid], stop: child.stop };
    }),
  };
}

/** What Restate has on disk when a client gets its response. */
export const RESTATE_KEEPS = 'invocation, journal and result in its log (RocksDB, WAL with fsync)';

/**
 * Puts a contender on a Restate server of its own.
 *
 * @param folder for the server, which keeps its log over restarts
 * @param startService starts the program that the server calls, on the port `service`
 * @returns starts both; the server's process counts with the program's
 */
export function onRestate<Started extends Running>(
  folder: string,
  startService: (addresses: { service: number; ingressUrl: string }) => Promise<Started>,
): () => Promise<Started> {
  // The same all through the run: the server writes its addresses and the service's into its store.
  let ports: Ports | undefined;
  return async () => {
    const known = ports;
    ports ??= {
      ingress: await takePort(),
      admin: await takePort(),
      fabric: await takePort(),
      service: await takePort(),
    };
    const { service, ingress } = ports;
    const started = await startService({ service, ingressUrl: `http://127.0.0.1:${ingress}` });
    const server = await startServer(folder, ports);
    if (!known) await register(ports);
    return {
      ...started,
      pids: [...started.pids, server.pid],
      async stop() {
        await server.stop();
        await started.stop();
      },
    };
  };
}

async function startServer(folder: string, { ingress, admin, fabric }: Ports): Promise<Child> {
  const data = `${folder}/restate-data`;
  mkdirSync(data, { recursive: true });
  const platform = `@restatedev/restate-server-${process.platform}-${process.arch}`;
  const command = createRequire(import.meta.url).resolve(`${platform}/bin/restate-server`);
  const server = startChild({
    command,
    args: ['--no-logo', '--base-dir', data, '--node-name', 'bench', '--listen-mode', 'tcp', '--bind-ip', '127.0.0.1'],
    // Addresses, and no telemetry; everything else is as its documentation has it by default.
    env: {
      RESTATE_BIND_PORT: String(fabric),
      RESTATE_ADVERTISED_ADDRESS: `http://127.0.0.1:${fabric}/`,
      RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
      RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
      RESTATE_DISABLE_TELEMETRY: 'true',
      DO_NOT_TRACK: '1',
    },
    logFile: `${folder}/restate-server.log`,
  });
  await waitUntil(server, async () => (await fetch(`http://127.0.0.1:${admin}/health`)).ok);
  await waitUntil(server, async () => (await fetch(`http://127.0.0.1:${ingress}/restate/health`)).ok);
  return server;
}

async function register({ admin, service }: Ports): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${admin}/deployments`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ uri: `http://127.0.0.1:${service}` }),
  });
  if (!response.ok) throw new Error(`Restate did not take the service: ${response.status} ${await response.text()}`);
}

// The SDK speaks HTTP/2 only.
function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
