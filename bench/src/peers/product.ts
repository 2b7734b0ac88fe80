import { mkdirSync } from 'node:fs';
import { peerSettings, type ServiceName } from '../../../services.ts';
import { takePort } from '../../../store/testing/free-ports.ts';
import { type Child, isOk, startNode, waitUntil } from '../processes/child.ts';
import { storeFile } from '../stores/service-stores.ts';
import { BOOKING_PATH, type Contender, type RunningContender, type Surroundings } from './contender.ts';
import { onPostgres } from './postgres.ts';

/** How one service of the product is started; what is left out is as shipped. */
export interface ServiceOptions {
  /** The checkout that it is started from. */
  product: string;
  /** For its store and its log. */
  folder: string;
  port: number;
  env?: NodeJS.ProcessEnv;
  nodeArgs?: string[];
  ipc?: boolean;
}

/** Starts one service as a plain process, with its logs on and going to a file. */
export function startService(name: ServiceName, options: ServiceOptions): Child {
  const { product, folder, port, env, nodeArgs, ipc } = options;
  mkdirSync(folder, { recursive: true });
  const settings = { PORT: String(port), HOST: '127.0.0.1', DATABASE_URL: `sqlite:${storeFile(folder, name)}`, ...env };
  const start = { cwd: product, env: settings, logFile: `${folder}/${name}.log`, ...(ipc && { ipc }) };
  return startNode(`${name}/src/main.ts`, start, nodeArgs);
}

/** Resolves when the service is ready. */
export const waitUntilReady = (child: Child, port: number) =>
  waitUntil(child, () => isOk(`http://127.0.0.1:${port}/readyz`));

/** The orchestrator as shipped, with the constant backends. */
export function oursContender(product: string, { folder, backendsUrl }: Surroundings): Contender {
  return {
    name: 'ours',
    keeps: 'saga, booking and reply in SQLite (WAL, synchronous=FULL)',
    start: () => startOrchestrator({ product, folder, backendsUrl }),
  };
}

/** The same over PostgreSQL, on a server of its own. */
export function oursOverPostgresContender(product: string, { folder, backendsUrl }: Surroundings): Contender {
  return {
    name: 'ours over PostgreSQL',
    keeps: 'the same in PostgreSQL (fsync, synchronous_commit)',
    start: onPostgres(folder, (urlOf) =>
      startOrchestrator({ product, folder, backendsUrl, databaseUrl: urlOf('postgres') }),
    ),
  };
}

interface OrchestratorOptions extends Surroundings, Pick<ServiceOptions, 'nodeArgs' | 'ipc'> {
  product: string;
  /** A file in the folder when left out. */
  databaseUrl?: string;
}

/** Starts the orchestrator alone. */
export async function startOrchestrator({
  product,
  folder,
  backendsUrl,
  databaseUrl,
  ...start
}: OrchestratorOptions): Promise<RunningContender & { child: Child }> {
  const port = await takePort();
  const env = {
    ...peerSettings('appointment', () => backendsUrl),
    ...(databaseUrl && { DATABASE_URL: databaseUrl }),
  };
  const child = startService('appointment', { product, folder, port, env, ...start });
  await waitUntilReady(child, port);
  return { url: `http://127.0.0.1:${port}${BOOKING_PATH}`, pids: [child.pid], stop: child.stop, child };
}
