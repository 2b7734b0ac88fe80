import { BACKEND_NAMES, mapServicesAsync, peerSettings, SERVICE_NAMES, type ServiceName } from '../../../services.ts';
import { takePort } from '../../../store/testing/free-ports.ts';
import type { Child } from '../processes/child.ts';
import { BOOKING_PATH } from './contender.ts';
import { startService, waitUntilReady } from './product.ts';

/** The product's services over their own stores. */
export type Stack = Awaited<ReturnType<typeof startStack>>;

export interface StackOptions {
  product: string;
  /** Holds the stores, which may be there already, and the logs. */
  folder: string;
  env?: NodeJS.ProcessEnv;
  /** Where each service has its store; a SQLite file in the folder where it is left out. */
  databaseUrlOf?: ((name: ServiceName) => string) | undefined;
  /** What Node itself is started with, for some of the services. */
  nodeArgs?: Partial<Record<ServiceName, string[]>>;
  /** Whether the orchestrator waits for `startAppointment`. */
  late?: boolean;
}

/** Starts all services as shipped and waits until all are ready. */
export async function startStack({
  product,
  folder,
  env = {},
  databaseUrlOf,
  nodeArgs = {},
  late = false,
}: StackOptions) {
  const ports = await mapServicesAsync(SERVICE_NAMES, takePort);
  const urlOf = (name: ServiceName) => `http://127.0.0.1:${ports[name]}`;
  const start = (name: ServiceName) => {
    const args = nodeArgs[name];
    const store = databaseUrlOf && { DATABASE_URL: databaseUrlOf(name) };
    const settings = { ...peerSettings(name, urlOf), PAYMENT_GATEWAY: 'sandbox', ...store, ...env };
    const profiled = args && { nodeArgs: args, ipc: true };
    return startService(name, { product, folder, port: ports[name], env: settings, ...profiled });
  };
  const children = new Map<ServiceName, Child>(BACKEND_NAMES.map((name) => [name, start(name)]));
  const startAppointment = () => children.set('appointment', start('appointment'));
  if (!late) startAppointment();
  for (const [name, child] of children) await waitUntilReady(child, ports[name]);
  return {
    urlOf,
    bookingUrl: urlOf('appointment') + BOOKING_PATH,
    startAppointment,
    /** The process of a service that has been started. */
    child: (name: ServiceName) => children.get(name) as Child,
    get pids() {
      return [...children.values()].map(({ pid }) => pid);
    },
    async stop() {
      for (const child of [...children.values()].toReversed()) await child.stop();
    },
  };
}
