import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { takePort, temporaryFolder } from '@appointments/chassis/testing';
import type { StackAddresses } from '../../../scripts/audit-stack.ts';
import {
  type ServiceProcess,
  type StackOptions,
  startServiceProcess,
  stopServiceProcess,
  waitUntilReady,
} from '../../../scripts/stack.ts';
import {
  BACKEND_NAMES,
  type BackendName,
  mapServices,
  mapServicesAsync,
  SERVICE_NAMES,
  type ServiceName,
  serviceNamed,
} from '../../../services.ts';
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

// What a test run left alive, also one that was killed.
const alive = new Set<ServiceProcess>();
process.on('exit', () => {
  for (const service of alive) service.process.kill('SIGKILL');
});

/** All services as plain processes that a test starts, kills and starts again; none of them runs yet. */
export async function createFaultStack({
  proxied = false,
  keepLogs = false,
  env = {},
  nodeArguments = [],
}: FaultStackOptions = {}) {
  const folder = temporaryFolder();
  const ports = await mapServicesAsync(SERVICE_NAMES, takePort);
  const urlOf = (name: ServiceName) => `http://127.0.0.1:${ports[name]}`;
  const proxies = new Map<BackendName, FaultProxy>();
  if (proxied) {
    for (const name of BACKEND_NAMES) proxies.set(name, await startFaultProxy(urlOf(name)));
  }
  const options: StackOptions = {
    ports,
    dataDir: folder.path,
    env: { OPERATOR_TOKEN, SERVICE_TOKEN: '', LOG_LEVEL: 'warn', ...env },
    peers: Object.fromEntries([...proxies].map(([name, { url }]) => [name, url])),
    output: process.env.FAULT_OUTPUT ? 'inherit' : 'ignore',
  };
  const running = new Map<ServiceName, ServiceProcess>();

  function serviceOf(name: ServiceName): ServiceProcess {
    const service = running.get(name);
    if (!service) throw new Error(`${name} was never started`);
    return service;
  }

  const logFileOf = (name: ServiceName) => join(folder.path, `${name}.log`);

  function spawnService(name: ServiceName, changes: Partial<StackOptions>): ServiceProcess {
    if (!keepLogs) return startServiceProcess(name, { ...options, ...changes });
    const output = openSync(logFileOf(name), 'a');
    const service = startServiceProcess(name, { ...options, ...changes, output });
    closeSync(output);
    return service;
  }

  /** Starts a service; resolves when it is ready. */
  async function start(name: ServiceName, { strike, sources }: StartOptions = {}): Promise<void> {
    const service = spawnService(name, {
      sources,
      env: { ...options.env, ...(strike && strikeEnvironment(strike)) },
      nodeArguments: [...nodeArguments, ...(strike ? ['--import', PRELOAD] : [])],
    });
    alive.add(service);
    running.set(name, service);
    void service.exited.then(() => alive.delete(service));
    await waitUntilReady(service);
  }

  /** Ends a service with SIGKILL; resolves when it is gone. */
  async function kill(name: ServiceName): Promise<void> {
    const { process: child, exited } = serviceOf(name);
    child.kill('SIGKILL');
    await exited;
  }

  function proxyOf(name: BackendName): FaultProxy {
    const proxy = proxies.get(name);
    if (!proxy) throw new Error(`${name} has no proxy`);
    return proxy;
  }

  const addresses: StackAddresses = {
    ...mapServices(SERVICE_NAMES, urlOf),
    operatorToken: OPERATOR_TOKEN,
  };
  return {
    addresses,
    start,
    startAll: () => Promise.all(SERVICE_NAMES.map((name) => start(name))),
    kill,
    /** Stops a service as an operator would; resolves with its exit code. */
    stop: (name: ServiceName) => stopServiceProcess(serviceOf(name)),
    proxyOf,
    /** The warnings and errors of all of a service's processes, where logs are kept. */
    logOf: (name: ServiceName) => readFileSync(logFileOf(name), 'utf8'),
    /** Resolves with the exit code of a service's latest process, null where a signal ended it. */
    exited: (name: ServiceName) => serviceOf(name).exited,
    processOf: (name: ServiceName) => serviceOf(name).process,
    storeOf: (name: ServiceName) => join(folder.path, `${serviceNamed(name).store}.db`),
    async [Symbol.asyncDispose]() {
      await Promise.all([...running.keys()].map(kill));
      if (keepLogs && process.env.FAULT_OUTPUT)
        for (const name of running.keys()) process.stderr.write(readFileSync(logFileOf(name)));
      for (const proxy of proxies.values()) await proxy[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}
