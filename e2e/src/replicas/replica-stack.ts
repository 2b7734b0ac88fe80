import { join } from 'node:path';
import { type PostgresServer, startPostgresServer, takePort, temporaryFolder } from '@appointments/chassis/testing';
import { WEBHOOK_SECRET } from '../../../payment/test/payment-service.ts';
import { startPsp } from '../../../payment/test/stub-psp.ts';
import type { StackAddresses } from '../../../scripts/read-stores.ts';
import type { StackOptions } from '../../../scripts/stack.ts';
import {
  BACKEND_NAMES,
  type BackendName,
  mapServices,
  mapServicesAsync,
  noticeSettings,
  SERVICE_NAMES,
  type ServiceName,
} from '../../../services.ts';
import type { Clock } from '../field/moved-clock.ts';
import { KillableService } from '../killable-service.ts';

// The gateway never decides on one card of a load: each such booking waits, and is voided after this.
const UNDECIDED_FOR_MS = '1000';
const OPERATOR_TOKEN = 'operator-of-the-replica-tests';

export type ReplicaStack = Awaited<ReturnType<typeof startReplicaStack>>;
export type Replica = ReplicaStack['orchestrators'][number];

export interface ReplicaStackOptions {
  /** How many orchestrators there are, two or three. */
  orchestrators?: 2 | 3;
  /** Goes to every service. */
  env?: NodeJS.ProcessEnv;
  /** Makes the database of a service and returns its URL; where it is left out, on a PostgreSQL server of the stack's own. */
  createDatabase?: (name: string) => Promise<string>;
  /** The wall clocks of the first orchestrators, in their order; the others have this machine's. */
  clocks?: readonly Clock[];
}

/**
 * Three orchestrators and two of each backend as plain processes over one PostgreSQL server with a database
 * for each service, and one payment gateway. The second orchestrator's backends are not those of the others, so that an
 * orchestrator that recovers its bookings calls other processes.
 */
export async function startReplicaStack({
  orchestrators: count = 3,
  env = {},
  createDatabase,
  clocks = [],
}: ReplicaStackOptions = {}) {
  const folder = temporaryFolder();
  const own = createDatabase ? undefined : await startPostgresServer();
  const gateway = await startPsp();
  const toldPort = await takePort();
  const shared = {
    dataDir: folder.path,
    databaseUrls: await mapServicesAsync(SERVICE_NAMES, createDatabase ?? (own as PostgresServer).createDatabase),
    env: {
      ...{ OPERATOR_TOKEN, SERVICE_TOKEN: '', LOG_LEVEL: 'warn', PAYMENT_GATEWAY_URL: gateway.url },
      ...{ PAYMENT_GATEWAY_WEBHOOK_SECRET: WEBHOOK_SECRET, PAYMENT_ACTION_TIMEOUT_MS: UNDECIDED_FOR_MS },
      // The first orchestrator gets the notices of all payments.
      ...noticeSettings('payment', () => `http://127.0.0.1:${toldPort}`),
      ...env,
    },
  };
  const backends = await mapServicesAsync(
    BACKEND_NAMES,
    async (name) => [await createReplica(name, shared), await createReplica(name, shared)] as const,
  );
  const peersOf = (index: 0 | 1) => mapServices(BACKEND_NAMES, (name) => backends[name][index].url);
  const orchestrator = (peers: Record<BackendName, string>, clock?: Clock, port?: number) =>
    createReplica('appointment', { ...shared, env: { ...shared.env, ...clock?.env }, peers }, port);
  const orchestrators = [
    await orchestrator(peersOf(0), clocks[0], toldPort),
    await orchestrator(peersOf(1), clocks[1]),
    ...(count === 3 ? [await orchestrator(peersOf(0))] : []),
  ] as const;
  const all = [...Object.values(backends).flat(), ...orchestrators];
  // All at once, each migrating the schema.
  await Promise.all(all.map((replica) => replica.start()));

  const addresses: StackAddresses = {
    ...peersOf(0),
    appointment: (orchestrators[2] ?? orchestrators[0]).url,
    operatorToken: OPERATOR_TOKEN,
  };
  return {
    /** The stack's own server, where it has one. */
    postgres: own as PostgresServer,
    gateway,
    /** What every service was given. */
    env: shared.env,
    /** Two replicas of each backend. */
    backends,
    reservations: backends.reservation,
    payments: backends.payment,
    orchestrators,
    addresses,
    async [Symbol.asyncDispose]() {
      await Promise.all(all.map((replica) => replica.kill()));
      if (process.env.FAULT_OUTPUT) for (const replica of all) process.stderr.write(replica.log());
      await gateway[Symbol.asyncDispose]();
      await own?.[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

/** One process of a service, with a port and a log of its own. */
async function createReplica(
  name: ServiceName,
  options: Omit<StackOptions, 'ports'>,
  taken?: number,
): Promise<KillableService> {
  const port = taken ?? (await takePort());
  const ports = mapServices(SERVICE_NAMES, () => port);
  return new KillableService(name, { ...options, ports }, join(options.dataDir, `${name}-${port}.log`));
}
