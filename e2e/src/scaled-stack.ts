import { mapServices, SERVICE_NAMES, type ServiceName, settingOf } from '../../services.ts';
import type { Container } from './container.ts';
import { type Stack, startStack } from './environment.ts';

/** How many replicas there are of each service: of the orchestrator as the command line says, else as the file does. */
export const REPLICAS = { ...mapServices(SERVICE_NAMES, () => 2), appointment: 3 };

export type ScaledStack = Awaited<ReturnType<typeof startScaledStack>>;

/** The log line of a replica that has ended a booking, with any outcome. */
const ENDED = /"message":"saga (?:completed|compensated|failed)"/;

/** Runs inside a service with the service's own password and tries every database; prints the results. */
const TRY_DATABASES = `
import pg from 'pg';
const tried = {};
async function open(name, change) {
  const url = Object.assign(new URL(process.env.DATABASE_URL), change);
  const client = new pg.Client({ connectionString: url.href });
  tried[name] = await client.connect().then(() => 'open', ({ code }) => code);
  await client.end();
}
for (const name of ${JSON.stringify(SERVICE_NAMES)}) await open(name, { pathname: name });
for (const name of ${JSON.stringify(SERVICE_NAMES)}) await open('as ' + name, { username: name, pathname: name });
await open('the superuser', { username: 'postgres', pathname: 'postgres' });
console.log(JSON.stringify(tried));
`;

/** The Compose files of such a stack. */
export const SCALED_FILES = ['docker-compose.yml', 'docker-compose.scale.yml'];

/** Replicas over PostgreSQL behind the balancer: `docker compose -f … -f docker-compose.scale.yml up --scale appointment=3`. */
export async function startScaledStack(env: NodeJS.ProcessEnv = {}) {
  const passwords = SERVICE_NAMES.map((service) => [settingOf(service, 'POSTGRES_PASSWORD'), `of${service}alone`]);
  const stack = await startStack(
    // What begins is a line of its own then.
    { ...Object.fromEntries(passwords), LOG_LEVEL: 'debug', ...env },
    { files: SCALED_FILES, scale: { appointment: REPLICAS.appointment } },
  );
  const [postgres] = stack.replicas('postgres') as [Container];
  const [balancer] = stack.replicas('balancer') as [Container];

  return {
    // Its addresses are those of the balancer, which stays where it is.
    ...stack,
    postgres,
    balancer,
    serving: () => countServing(balancer),
    databasesOpenTo: (service: ServiceName) => tryDatabases(stack, service),
    inspectAll: () => inspectAll(stack),
    repair: () => repair(stack),
    /** The replicas that ran a booking's step `pay`. */
    paying: (id: string) => withLine(stack, /"message":"step pay running"/, id),
    /** The replicas that ended a booking. */
    ending: (id: string) => withLine(stack, ENDED, id),
  };
}

/** How many replicas of each service the balancer sends requests to. */
async function countServing(balancer: Container): Promise<Record<string, number>> {
  const metrics = await balancer.exec('wget', '-q', '-O', '-', 'http://127.0.0.1:8404/metrics');
  const counts = SERVICE_NAMES.map((service) => {
    const line = new RegExp(`^haproxy_backend_active_servers\\{proxy="${service}"\\} (\\d+)`, 'm').exec(metrics);
    return [service, Number(line?.[1])] as const;
  });
  return Object.fromEntries(counts);
}

/** The orchestrators with such a line of such a booking in their log. */
async function withLine(stack: Stack, line: RegExp, id: string): Promise<Container[]> {
  const orchestrators = stack.replicas('appointment');
  const logs = await Promise.all(orchestrators.map(({ logs }) => logs()));
  return orchestrators.filter((_, index) =>
    logs[index]?.split('\n').some((text) => text.includes(`"saga":"${id}"`) && line.test(text)),
  );
}

/** What a service gets from each database with its own password, as itself and as others: `open` or an error code. */
async function tryDatabases(stack: Stack, service: ServiceName): Promise<Record<string, string>> {
  const [replica] = stack.replicas(service) as [Container];
  return JSON.parse(await replica.exec('node', '--input-type=module', '--eval', TRY_DATABASES));
}

/** The `docker inspect` of every container, with its service. */
async function inspectAll(stack: Stack) {
  const all = stack.services.flatMap((service) =>
    stack.replicas(service).map(async ({ inspect }) => [service, await inspect()] as const),
  );
  return Promise.all(all);
}

/** Restarts what is paused or has ended. */
async function repair(stack: Stack): Promise<void> {
  const mended = stack.services.flatMap((service) =>
    stack.replicas(service).map(async ({ inspect, unpause, start }) => {
      const { Status } = (await inspect()).State;
      if (Status === 'paused') await unpause();
      if (Status === 'exited') await start();
    }),
  );
  await Promise.all(mended);
  await stack.healthy();
}
