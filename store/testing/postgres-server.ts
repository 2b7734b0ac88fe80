import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import pg from 'pg';
import { takePort } from './free-ports.ts';
import { type Cluster, createCluster, spawnServer } from './postgres-cluster.ts';
import { signalProcess } from './signal-process.ts';

const START_PATIENCE_MS = 30_000;

/** How a server goes down: `fast` ends its sessions first, `immediate` is a crash, with recovery at the next start. */
export type StopMode = 'fast' | 'immediate';
const SIGNAL_OF: Record<StopMode, NodeJS.Signals> = { fast: 'SIGINT', immediate: 'SIGQUIT' };

export type PostgresServer = Awaited<ReturnType<typeof startPostgresServer>>;

async function execute(url: string, sql: string): Promise<pg.QueryResultRow[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(sql).finally(() => client.end());
  return rows;
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

/** The server's other processes. Where the system does not list them, they end by themselves once the first one has. */
function childrenOf(pid: number | undefined): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/**
 * Starts a real PostgreSQL server for this process alone, on a free port; it can be stopped and started again.
 *
 * @param cluster a new one where it is left out
 * @param settings besides those of every test
 * @param chosenPort where it is not to be any free one
 */
export async function startPostgresServer(
  cluster: Cluster = createCluster(),
  settings: Record<string, string> = {},
  chosenPort?: number,
) {
  const port = chosenPort ?? (await takePort());
  let server: ChildProcess | undefined;
  let exited: Promise<unknown> = Promise.resolve();
  const killAtExit = () => server?.kill('SIGQUIT');
  process.on('exit', killAtExit);

  const urlOf = (database: string) => `postgres://postgres@127.0.0.1:${port}/${database}`;

  /** Runs one statement in the database `postgres`; returns its rows. */
  const administer = (sql: string) => execute(urlOf('postgres'), sql);

  async function start(): Promise<void> {
    server = spawnServer(cluster, port, settings);
    exited = once(server, 'exit');
    const giveUpAt = performance.now() + START_PATIENCE_MS;
    for (;;) {
      try {
        await administer('select 1');
        return;
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

  /** Sends a signal to all of the server's processes at once. */
  function signal(name: NodeJS.Signals): void {
    for (const pid of [server?.pid, ...childrenOf(server?.pid)]) if (pid) signalProcess(pid, name);
  }

  /** Kills all of the server's processes; resolves when the first one is gone. */
  async function kill(): Promise<void> {
    signal('SIGKILL');
    await exited;
  }

  await start();
  return {
    cluster,
    port,
    urlOf,
    administer,
    start,
    stop,
    kill,
    pause: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
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
