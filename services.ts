/** What everything that lists services knows of one of them. How to add one: docs/adding-a-service.md. */
export interface Service {
  /** Also its folder, its name in a network and, after `appointments-`, its image. */
  name: string;
  /** Where it listens unless it is told otherwise. */
  port: number;
  /** Its SQLite file without the ending; its database and its role in PostgreSQL. */
  store: string;
  /** The services that it calls. */
  needs: readonly string[];
  /** What a booking's step and its undo call here: the method and how the path begins. Names are of one service each. */
  calls: Readonly<Record<string, `${'POST' | 'PUT'} /${string}`>>;
  /** Those that it tells of what they asked for, once it is decided. It works without them. */
  tells: ReadonlyArray<{ service: string; path: string; setting: string }>;
}

/** All services, in the order they start: each after those that it needs. */
export const SERVICES = [
  {
    name: 'reservation',
    port: 8081,
    store: 'reservation',
    needs: [],
    calls: { create: 'POST /reservation/createAppointment', release: 'PUT /reservation/cancellations/' },
    tells: [],
  },
  {
    name: 'payment',
    port: 8082,
    store: 'payment',
    needs: [],
    calls: { pay: 'POST /payment/makePayment', refund: 'PUT /payment/refunds/' },
    tells: [{ service: 'appointment', path: '/payment-notices', setting: 'PAYMENT_NOTICE_URL' }],
  },
  {
    name: 'appointment',
    port: 9090,
    store: 'appointment',
    needs: ['reservation', 'payment'],
    calls: {},
    tells: [],
  },
] as const satisfies readonly Service[];

type Listed = (typeof SERVICES)[number];

export type ServiceName = Listed['name'];

/** A service that others call. */
export type BackendName = Listed['needs'][number];

type KeyOfEach<Calls> = Calls extends unknown ? keyof Calls : never;

/** A call of a booking's step or of its undo. */
export type CallName = KeyOfEach<Listed['calls']>;

export const SERVICE_NAMES: readonly ServiceName[] = SERVICES.map(({ name }) => name);

export const BACKEND_NAMES: readonly BackendName[] = [...new Set(SERVICES.flatMap(({ needs }) => needs))];

/** A value for each of these services. */
export function mapServices<Name extends ServiceName, Value>(
  names: readonly Name[],
  make: (name: Name) => Value,
): Record<Name, Value> {
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Record<Name, Value>;
}

/** The same for values that have to be waited for, made one after the other. */
export async function mapServicesAsync<Name extends ServiceName, Value>(
  names: readonly Name[],
  make: (name: Name) => Promise<Value>,
): Promise<Record<Name, Value>> {
  const entries: Array<[Name, Value]> = [];
  for (const name of names) entries.push([name, await make(name)]);
  return Object.fromEntries(entries) as Record<Name, Value>;
}

/** What the list says of a service. */
export function serviceNamed(name: ServiceName): Listed {
  return SERVICES.find((service) => service.name === name) as Listed;
}

/** The name of a setting that there is for every service, such as `PAYMENT_PORT`. */
export const settingOf = (name: string, setting: string): string => `${name.toUpperCase()}_${setting}`;

/** The settings that tell a service where those are that it tells of what is decided. */
export function noticeSettings(name: ServiceName, urlOf: (service: ServiceName) => string): Record<string, string> {
  return Object.fromEntries(
    serviceNamed(name).tells.map(({ service, path, setting }) => [setting, urlOf(service) + path]),
  );
}

/** The settings that tell a service where those are that it needs. */
export function peerSettings(name: ServiceName, urlOf: (peer: BackendName) => string): Record<string, string> {
  const peers: readonly BackendName[] = serviceNamed(name).needs;
  return Object.fromEntries(peers.map((peer) => [settingOf(peer, 'URL'), urlOf(peer)]));
}
