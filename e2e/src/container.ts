import { mapServices, SERVICE_NAMES, type ServiceName, serviceNamed } from '../../services.ts';
import { docker, dockerOutput, inspect } from './run.ts';

/** The port that each service has inside its container. */
export const PORTS = mapServices(SERVICE_NAMES, (name) => serviceNamed(name).port);

/** What these tests look at in `docker inspect`. */
export interface ContainerFacts {
  Id: string;
  State: { ExitCode: number; Status: string; StartedAt: string; Health?: { Status: string } };
  HostConfig: {
    CapDrop: string[] | null;
    ReadonlyRootfs: boolean;
    SecurityOpt: string[] | null;
    Init: boolean | null;
    PidsLimit: number | null;
    Memory: number;
    RestartPolicy: { Name: string };
    LogConfig: { Config: Record<string, string> };
  };
  Config: { User: string; Labels: Record<string, string> };
  NetworkSettings: {
    Ports: Record<string, Array<{ HostIp: string; HostPort: string }> | null>;
    Networks: Record<string, unknown>;
  };
}

export type Container = ReturnType<typeof createContainer>;

/** One container of a stack, and what can happen to it. */
export function createContainer(id: string) {
  return {
    id,
    inspect: () => inspect<ContainerFacts>(id),
    /** SIGKILL: nothing is flushed or announced. The engine does not restart such a container. */
    kill: () => docker('kill', id),
    start: () => docker('start', id),
    /** SIGTERM, or what the image has in its place. */
    stop: () => docker('stop', id),
    restart: () => docker('restart', id),
    /** Tried twice: the engine cannot freeze a container that is just starting a process, such as its health check. */
    pause: () => docker('pause', id).catch(() => docker('pause', id)),
    unpause: () => docker('unpause', id),
    /** Runs a command inside; resolves with what it printed. */
    exec: async (...command: string[]) => String(await docker('exec', id, ...command)),
    /** All that it ever wrote to its log. */
    logs: async () => String(await dockerOutput('logs', id)),
    /** A file or folder inside as a tar file: every byte of every file is in it as it is. */
    copy: (path: string) => docker('cp', `${id}:${path}`, '-'),
    /** In bytes, without the page cache that the kernel would give back. */
    async memory() {
      const usage = JSON.parse(String(await docker('stats', '--no-stream', '--format', 'json', id))) as {
        MemUsage: string;
      };
      return parseFloat(usage.MemUsage) * (usage.MemUsage.includes('KiB') ? 1024 : 1024 ** 2);
    },
  };
}

export type ServiceContainer = ReturnType<typeof createServiceContainer>;

/**
 * A container of a service with its address. Docker gives it another port each time that it starts or joins its network,
 * so `start` and `reconnect` look the port up again.
 *
 * @param entrance the container that publishes the service's port: this one, or a balancer in front of it
 */
export function createServiceContainer(service: ServiceName, id: string, network: string, entrance = id) {
  const container = createContainer(id);
  let url = '';

  async function locate(): Promise<void> {
    const port = publishedPort(await inspect<ContainerFacts>(entrance), service);
    if (!port) throw new Error(`${service} has no published port`);
    url = `http://127.0.0.1:${port}`;
  }

  return {
    ...container,
    service,
    url: () => url,
    locate,
    async start() {
      await container.start();
      await locate();
    },
    disconnect: () => docker('network', 'disconnect', network, id),
    async reconnect() {
      await docker('network', 'connect', '--alias', service, network, id);
      await locate();
    },
    isReady: () =>
      fetch(`${url}/readyz`, { signal: AbortSignal.timeout(1_000) }).then(
        ({ ok }) => ok,
        () => false,
      ),
    /** The volume with the store. */
    data: () => container.copy('/data'),
  };
}

/** A service's published IPv4 port: the backends are published only on the IPv4 loopback address. */
export function publishedPort({ NetworkSettings }: ContainerFacts, service: ServiceName): string | undefined {
  const bindings = NetworkSettings.Ports[`${PORTS[service]}/tcp`];
  return bindings?.find(({ HostIp }) => !HostIp.includes(':'))?.HostPort;
}
