import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startPostgresServer, takePort, temporaryFolder } from '@appointments/chassis/testing';
import { startPsp } from '../../../payment/test/stub-psp.ts';
import type { StackAddresses } from '../../../scripts/audit-stack.ts';
import {
  SERVICES,
  type ServiceName,
  type ServiceProcess,
  startServiceProcess,
  stopServiceProcess,
  waitUntilReady,
} from '../../../scripts/stack.ts';

const OPERATOR_TOKEN = 'operator-of-the-replica-tests';

export type ReplicaStack = Awaited<ReturnType<typeof startReplicaStack>>;
export type Replica = ReplicaStack['orchestrators'][number];

export interface ReplicaStackOptions {
  /** How many orchestrators there are, two or three. */
  orchestrators?: 2 | 3;
  /** Goes to every service. */
  env?: NodeJS.ProcessEnv;
}

/**
 * Three orchestrators, two reservations and two payments as plain processes over one PostgreSQL server with a database
 * for each service, and one payment gateway. The second orchestrator's backends are not those of the others, so that an
 * orchestrator that recovers its bookings calls other processes.
 */
export async function startReplicaStack({ orchestrators: count = 3, env = {} }: ReplicaStackOptions = {}) {
  const folder = temporaryFolder();
  const postgres = await startPostgresServer();
  const gateway = await startPsp();
  const databaseUrls = Object.fromEntries(
    await Promise.all(SERVICES.map(async (name) => [name, await postgres.createDatabase(name)] as const)),
  );
  const alive = new Set<ServiceProcess>();
  process.on('exit', () => {
    for (const service of alive) service.process.kill('SIGKILL');
  });

  async function createReplica(name: ServiceName, peers: Partial<Record<'reservation' | 'payment', string>> = {}) {
    const port = await takePort();
    const logFile = join(folder.path, `${name}-${port}.log`);
    const ports = { reservation: port, payment: port, appointment: port };
    const options = {
      ports,
      peers,
      dataDir: folder.path,
      databaseUrls,
      env: { OPERATOR_TOKEN, SERVICE_TOKEN: '', LOG_LEVEL: 'warn', PAYMENT_GATEWAY_URL: gateway.url, ...env },
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

  const reservations = [await createReplica('reservation'), await createReplica('reservation')] as const;
  const payments = [await createReplica('payment'), await createReplica('payment')] as const;
  const peersOf = (index: 0 | 1) => ({ reservation: reservations[index].url, payment: payments[index].url });
  const orchestrators = [
    await createReplica('appointment', peersOf(0)),
    await createReplica('appointment', peersOf(1)),
    ...(count === 3 ? [await createReplica('appointment', peersOf(0))] : []),
  ] as const;
  const all = [...reservations, ...payments, ...orchestrators];
  // All at once, each migrating the schema.
  await Promise.all(all.map(({ start }) => start()));

  const addresses: StackAddresses = {
    reservation: reservations[0].url,
    payment: payments[0].url,
    appointment: (orchestrators[2] ?? orchestrators[0]).url,
    operatorToken: OPERATOR_TOKEN,
  };
  return {
    postgres,
    gateway,
    reservations,
    payments,
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
