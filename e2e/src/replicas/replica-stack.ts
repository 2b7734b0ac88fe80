import { startPostgresServer, temporaryFolder } from '@appointments/chassis/testing';
import type { StackAddresses } from '../../../scripts/audit-stack.ts';
import {
  SERVICES,
  type ServiceName,
  type ServiceProcess,
  startServiceProcess,
  waitUntilReady,
} from '../../../scripts/stack.ts';
import { takePort } from '../faults/free-ports.ts';

const OPERATOR_TOKEN = 'operator-of-the-replica-tests';

export type ReplicaStack = Awaited<ReturnType<typeof startReplicaStack>>;
export type Replica = ReplicaStack['orchestrators'][number];

/**
 * Three orchestrators, two reservations and two payments as plain processes over one PostgreSQL server with a database for
 * each service. Neighbouring orchestrators use different backends, so that one which takes over asks other processes.
 */
export async function startReplicaStack() {
  const folder = temporaryFolder();
  const postgres = await startPostgresServer();
  const databaseUrls = Object.fromEntries(
    await Promise.all(SERVICES.map(async (name) => [name, await postgres.createDatabase(name)] as const)),
  );
  const alive = new Set<ServiceProcess>();
  process.on('exit', () => {
    for (const service of alive) service.process.kill('SIGKILL');
  });

  async function createReplica(name: ServiceName, peers: Partial<Record<'reservation' | 'payment', string>> = {}) {
    const port = await takePort();
    const ports = { reservation: port, payment: port, appointment: port };
    const options = {
      ports,
      peers,
      dataDir: folder.path,
      databaseUrls,
      env: { OPERATOR_TOKEN, SERVICE_TOKEN: '', LOG_LEVEL: 'warn' },
      output: process.env.FAULT_OUTPUT ? ('inherit' as const) : ('ignore' as const),
    };
    let service: ServiceProcess | undefined;

    async function start(): Promise<void> {
      service = startServiceProcess(name, options);
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
      pause: () => void service?.process.kill('SIGSTOP'),
      resume: () => void service?.process.kill('SIGCONT'),
    };
  }

  const reservations = [await createReplica('reservation'), await createReplica('reservation')] as const;
  const payments = [await createReplica('payment'), await createReplica('payment')] as const;
  const peersOf = (index: 0 | 1) => ({ reservation: reservations[index].url, payment: payments[index].url });
  const orchestrators = [
    await createReplica('appointment', peersOf(0)),
    await createReplica('appointment', peersOf(1)),
    await createReplica('appointment', peersOf(0)),
  ] as const;
  const all = [...reservations, ...payments, ...orchestrators];
  // All at once, each bringing the schema up to date.
  await Promise.all(all.map(({ start }) => start()));

  const addresses: StackAddresses = {
    reservation: reservations[0].url,
    payment: payments[0].url,
    appointment: orchestrators[2].url,
    operatorToken: OPERATOR_TOKEN,
  };
  return {
    postgres,
    reservations,
    payments,
    orchestrators,
    addresses,
    async [Symbol.asyncDispose]() {
      await Promise.all(all.map(({ kill }) => kill()));
      await postgres[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}
