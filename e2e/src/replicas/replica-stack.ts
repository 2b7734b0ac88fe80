import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startPostgresServer, takePort, temporaryFolder } from '@appointments/chassis/testing';
import { startPsp } from '../../../payment/test/stub-psp.ts';
import type { StackAddresses } from '../../../scripts/audit-stack.ts';
import {
  type ServiceProcess,
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
} from '../../../services.ts';
import type { Clock } from '../field/clock-file.ts';

const OPERATOR_TOKEN = 'operator-of-the-replica-tests';

export type ReplicaStack = Awaited<ReturnType<typeof startReplicaStack>>;
export type Replica = ReplicaStack['orchestrators'][number];

export interface ReplicaStackOptions {
  /** How many orchestrators there are, two or three. */
  orchestrators?: 2 | 3;
  /** Goes to every service. */
  env?: NodeJS.ProcessEnv;
  /** The wall clocks of the first orchestrators, in their order; the others have this machine's. */
  clocks?: readonly Clock[];
}

/**
 * Three orchestrators and two of each backend as plain processes over one PostgreSQL server with a database
 * for each service, and one payment gateway. The second orchestrator's backends are not those of the others, so that an
 * orchestrator that recovers its bookings calls other processes.
 */
export async function startReplicaStack({ orchestrators: count = 3, env = {}, clocks = [] }: ReplicaStackOptions = {}) {
  const folder = temporaryFolder();
  const postgres = await startPostgresServer();
  const gateway = await startPsp();
  const databaseUrls = await mapServicesAsync(SERVICE_NAMES, postgres.createDatabase);
  const alive = new Set<ServiceProcess>();
  process.on('exit', () => {
    for (const service of alive) service.process.kill('SIGKILL');
  });

  async function createReplica(name: ServiceName, peers: Partial<Record<BackendName, string>> = {}, clock?: Clock) {
    const port = await takePort();
    const logFile = join(folder.path, `${name}-${port}.log`);
    const options = {
      ports: mapServices(SERVICE_NAMES, () => port),
      peers,
      dataDir: folder.path,
      databaseUrls,
      env: {
        OPERATOR_TOKEN,
        SERVICE_TOKEN: '',
        LOG_LEVEL: 'warn',
        PAYMENT_GATEWAY_URL: gateway.url,
        ...env,
        ...clock?.env,
      },
      nodeArguments: clock?.nodeArguments ?? [],
    };
    let service: ServiceProcess | undefined;

    /** @param sources the folder of another version of the code */
    async function start(sources?: string): Promise<void> {
      const log = openSync(logFile, 'a');
      service = startServiceProcess(name, { ...options, sources, output: log });
      closeSync(log);
      const started = service;
      alive.add(started);
      void started.exited.then(() => alive.delete(started));
      await waitUntilReady(started);
    }

    /** Ends the process with SIGKILL; resolves when it is gone. */
    async function kill(): Promise<void> {
      service?.process.kill('SIGKILL');
      await service?.exited;
    }

    return {
      url: `http://127.0.0.1:${port}`,
      start,
      kill,
      /** Ends the process as a deployment does; resolves when it is gone. */
      stop: async () => void (service && (await stopServiceProcess(service))),
      pause: () => void service?.process.kill('SIGSTOP'),
      resume: () => void service?.process.kill('SIGCONT'),
      /** The warnings and errors of all its lives. */
      log: () => readFileSync(logFile, 'utf8'),
    };
  }

  const backends = await mapServicesAsync(
    BACKEND_NAMES,
    async (name) => [await createReplica(name), await createReplica(name)] as const,
  );
  const peersOf = (index: 0 | 1) => mapServices(BACKEND_NAMES, (name) => backends[name][index].url);
  const orchestrators = [
    await createReplica('appointment', peersOf(0), clocks[0]),
    await createReplica('appointment', peersOf(1), clocks[1]),
    ...(count === 3 ? [await createReplica('appointment', peersOf(0))] : []),
  ] as const;
  const all = [...Object.values(backends).flat(), ...orchestrators];
  // All at once, each migrating the schema.
  await Promise.all(all.map(({ start }) => start()));

  const addresses: StackAddresses = {
    ...peersOf(0),
    appointment: (orchestrators[2] ?? orchestrators[0]).url,
    operatorToken: OPERATOR_TOKEN,
  };
  return {
    postgres,
    gateway,
    reservations: backends.reservation,
    payments: backends.payment,
    orchestrators,
    addresses,
    async [Symbol.asyncDispose]() {
      await Promise.all(all.map(({ kill }) => kill()));
      if (process.env.FAULT_OUTPUT) for (const { log } of all) process.stderr.write(log());
      await gateway[Symbol.asyncDispose]();
      await postgres[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}
