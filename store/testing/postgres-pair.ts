import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { type Cluster, createFolder } from './postgres-cluster.ts';
import { type PostgresServer, startPostgresServer } from './postgres-server.ts';
import { waitUntil } from './wait-until.ts';

// What the primary is asked for is still there when its standby has been started.
const KEPT_WAL = { wal_keep_size: '256MB' };
// Each file is that of the running server, or is made anew by the standby.
const NOT_COPIED = ['postmaster.pid', 'postmaster.opts', 'postgresql.auto.conf', 'pg_wal'];

export type PostgresPair = Awaited<ReturnType<typeof startPostgresPair>>;

/** Copies the primary's data while it works, as `pg_basebackup` does, which the server's package for tests lacks. */
async function copyData(primary: PostgresServer, to: Cluster): Promise<void> {
  rmSync(to.data, { recursive: true, force: true });
  const session = new pg.Client({ connectionString: primary.urlOf('postgres') });
  await session.connect();
  await session.query(`select pg_backup_start('standby', fast => true)`);
  // A file that is deleted meanwhile is in the WAL, so that `cp` may fail on it.
  const copy = spawn('cp', ['-R', '-p', primary.cluster.data, to.data], { ...to.runAs, stdio: 'ignore' });
  await once(copy, 'exit');
  const { rows } = await session.query('select labelfile from pg_backup_stop(wait_for_archive => false)');
  await session.end();
  for (const name of NOT_COPIED) rmSync(join(to.data, name), { recursive: true, force: true });
  mkdirSync(join(to.data, 'pg_wal'));
  writeFileSync(join(to.data, 'backup_label'), rows[0].labelfile);
  writeFileSync(join(to.data, 'standby.signal'), '');
  const { uid, gid } = to.runAs;
  if (uid === undefined || gid === undefined) return;
  for (const name of ['pg_wal', 'backup_label', 'standby.signal']) chownSync(join(to.data, name), uid, gid);
}

/** Starts a standby; resolves once no commit on the primary is acknowledged before the standby has it. */
async function follow(primary: PostgresServer, cluster: Cluster, port?: number): Promise<PostgresServer> {
  await copyData(primary, cluster);
  const primary_conninfo = `host=127.0.0.1 port=${primary.port} user=postgres`;
  const standby = await startPostgresServer(cluster, { ...KEPT_WAL, primary_conninfo }, port);
  await synchronous(primary, '*');
  await waitUntil('the standby is synchronous', async () => {
    const [first] = await primary.administer('select sync_state from pg_stat_replication');
    return first?.sync_state === 'sync';
  });
  return standby;
}

async function synchronous(primary: PostgresServer, names: string): Promise<void> {
  await primary.administer(`alter system set synchronous_standby_names = '${names}'`);
  await primary.administer('select pg_reload_conf()');
}

/** Starts a primary and a standby that has every commit before it is acknowledged. */
export async function startPostgresPair() {
  let primary = await startPostgresServer(undefined, KEPT_WAL);
  let standby = await follow(primary, createFolder());
  const ports = `127.0.0.1:${primary.port},127.0.0.1:${standby.port}`;
  const urlOf = (database: string) => `postgres://postgres@${ports}/${database}?target_session_attrs=read-write`;
  let killed: PostgresServer | undefined;
  return {
    urlOf,
    /** @returns the URL of a new database, which names both servers */
    async createDatabase(name: string): Promise<string> {
      await primary.createDatabase(name);
      return urlOf(name);
    },
    /** Kills the primary and promotes its standby, which then has none itself. */
    async failOver(): Promise<void> {
      await primary.kill();
      await standby.administer('select pg_promote()');
      [killed, primary] = [primary, standby];
    },
    /** Makes the killed primary the standby of the new one, from a copy of its data. */
    async rejoin(): Promise<void> {
      const { cluster, port } = killed as PostgresServer;
      standby = await follow(primary, cluster, port);
      killed = undefined;
    },
    async [Symbol.asyncDispose]() {
      for (const server of new Set([killed, standby, primary])) await server?.[Symbol.asyncDispose]();
    },
  };
}
