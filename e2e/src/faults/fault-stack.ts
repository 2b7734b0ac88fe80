import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { takePort, temporaryFolder } from '@appointments/chassis/testing';
import type { StackAddresses } from '../../../scripts/read-stores.ts';
import type { StackOptions } from '../../../scripts/stack.ts';
import {
  BACKEND_NAMES,
  type BackendName,
  mapServices,
  mapServicesAsync,
  SERVICE_NAMES,
  type ServiceName,
  serviceNamed,
} from '../../../services.ts';
import { KillableService } from '../killable-service.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { type CommitStrike, strikeEnvironment } from './strike.ts';

const PRELOAD = fileURLToPath(new URL('kill-at-commit.ts', import.meta.url));
export const OPERATOR_TOKEN = 'operator-of-the-fault-tests';

export interface FaultStackOptions {
  /** Puts a fault proxy between the orchestrator and each backend. */
  proxied?: boolean;
  /** Writes the services' log lines to files, which a test can read. */
  keepLogs?: boolean;
  env?: NodeJS.ProcessEnv;
  /** What Node itself is started with. */
  nodeArguments?: readonly string[];
}

/** How one process of a service differs from the others. */
export interface StartOptions {
  /** Where it ends itself. */
  strike?: CommitStrike | undefined;
  /** The folder of another version of the code. */
  sources?: string | undefined;
}

export type FaultStack = Awaited<ReturnType<typeof createFaultStack>>;

/** All services as plain processes that a test starts, kills and starts again; none of them runs yet. */
export async function createFaultStack({ proxied = false, keepLogs = false, ...options }: FaultStackOptions = {}) {
  const folder = temporaryFolder();
  const ports = await mapServicesAsync(SERVICE_NAMES, takePort);
  const proxies = new Map<BackendName, FaultProxy>();
  if (proxied) {
    for (const name of BACKEND_NAMES) proxies.set(name, await startFaultProxy(`http://127.0.0.1:${ports[name]}`));
  }
  const env = { OPERATOR_TOKEN, SERVICE_TOKEN: '', LOG_LEVEL: 'warn', ...options.env };
  const shared: StackOptions = {
    ports,
    dataDir: folder.path,
    env,
    peers: Object.fromEntries([...proxies].map(([name, { url }]) => [name, url])),
    output: process.env.FAULT_OUTPUT ? 'inherit' : 'ignore',
  };
  const logFileOf = (name: ServiceName) => (keepLogs ? join(folder.path, `${name}.log`) : undefined);
  const services = mapServices(SERVICE_NAMES, (name) => new KillableService(name, shared, logFileOf(name)));
  const addresses: StackAddresses = {
    ...mapServices(SERVICE_NAMES, (name) => services[name].url),
    operatorToken: OPERATOR_TOKEN,
  };

  /** Starts a service; resolves when it is ready. */
  function start(name: ServiceName, { strike, sources }: StartOptions = {}): Promise<void> {
    return services[name].start({
      sources,
      env: { ...env, ...(strike && strikeEnvironment(strike)) },
      nodeArguments: [...(options.nodeArguments ?? []), ...(strike ? ['--import', PRELOAD] : [])],
    });
  }

  return {
    addresses,
    start,
    startAll: () => Promise.all(SERVICE_NAMES.map((name) => start(name))),
    /** Ends a service with SIGKILL; resolves when it is gone. */
    kill: (name: ServiceName) => services[name].kill(),
    /** Stops a service as an operator would; resolves with its exit code. */
    stop: (name: ServiceName) => services[name].stop(),
    proxyOf: (name: BackendName) => proxyIn(proxies, name),
    /** The warnings and errors of all of a service's processes, where logs are kept. */
    logOf: (name: ServiceName) => services[name].log(),
    /** Resolves with the exit code of a service's latest process, null where a signal ended it. */
    exited: (name: ServiceName) => services[name].exited,
    processOf: (name: ServiceName) => services[name].process,
    storeOf: (name: ServiceName) => join(folder.path, `${serviceNamed(name).store}.db`),
    async [Symbol.asyncDispose]() {
      const started = Object.values(services).filter(({ wasStarted }) => wasStarted);
      await Promise.all(started.map((service) => service.kill()));
      if (process.env.FAULT_OUTPUT) for (const service of started) process.stderr.write(service.log());
      for (const proxy of proxies.values()) await proxy[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

function proxyIn(proxies: ReadonlyMap<BackendName, FaultProxy>, name: BackendName): FaultProxy {
  const proxy = proxies.get(name);
  if (!proxy) throw new Error(`${name} has no proxy`);
  return proxy;
}
