import { SERVICES, type ServiceName } from '../../scripts/stack.ts';
import { docker, inspect } from './run.ts';

export { SERVICES, type ServiceName };

/** The port that each service has inside its container. */
export const PORTS: Record<ServiceName, number> = { reservation: 8081, payment: 8082, appointment: 9090 };

/** What these tests look at in `docker inspect`. */
export interface ContainerFacts {
  State: { ExitCode: number; Status: string };
  HostConfig: {
    CapDrop: string[] | null;
    ReadonlyRootfs: boolean;
    SecurityOpt: string[] | null;
    Init: boolean | null;
    PidsLimit: number | null;
    Memory: number;
    RestartPolicy: { Name: string };
  };
  Config: { User: string };
  NetworkSettings: {
    Ports: Record<string, Array<{ HostIp: string; HostPort: string }> | null>;
    Networks: Record<string, unknown>;
  };
}

export type ServiceContainer = ReturnType<typeof createServiceContainer>;

/**
 * One container of a stack, and what can befall it. Docker gives it another port each time that it starts or joins its
 * network, so whoever brings it back looks the port up again.
 */
export function createServiceContainer(service: ServiceName, id: string, network: string) {
  let url = '';

  async function locate(): Promise<void> {
    const { NetworkSettings } = await inspect<ContainerFacts>(id);
    // The loopback address whatever the engine says its host is: the backends are published there alone.
    const published = NetworkSettings.Ports[`${PORTS[service]}/tcp`]?.find(({ HostIp }) => !HostIp.includes(':'));
    if (!published) throw new Error(`${service} has no published port`);
    url = `http://127.0.0.1:${published.HostPort}`;
  }

  return {
    id,
    service,
    url: () => url,
    locate,
    inspect: () => inspect<ContainerFacts>(id),
    /** SIGKILL: nothing is flushed, nobody is told. */
    kill: () => docker('kill', id),
    async start() {
      await docker('start', id);
      await locate();
    },
    pause: () => docker('pause', id),
    unpause: () => docker('unpause', id),
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
    /** The volume with the store, as a tar file: every byte of every file is in it as it is. */
    data: () => docker('cp', `${id}:/data`, '-'),
    /** In bytes, without the page cache that the kernel would give back. */
    async memory() {
      const usage = JSON.parse(String(await docker('stats', '--no-stream', '--format', 'json', id))) as {
        MemUsage: string;
      };
      return parseFloat(usage.MemUsage) * (usage.MemUsage.includes('KiB') ? 1024 : 1024 ** 2);
    },
  };
}
