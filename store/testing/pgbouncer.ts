import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import pg from 'pg';
import { takePort } from './free-ports.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { waitUntil } from './wait-until.ts';

// Debian's place for it is in root's PATH alone.
const FOLDERS = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'];
// Like PostgreSQL, it refuses to run as root; this is Debian's `nobody`.
const NOBODY = 65_534;

export type PgBouncer = Awaited<ReturnType<typeof startPgBouncer>>;

/** @throws where there is none, with what to do */
function findPgBouncer(): string {
  const found = FOLDERS.map((folder) => join(folder, 'pgbouncer')).find((path) => existsSync(path));
  if (found) return found;
  throw new Error('This test needs PgBouncer, and there is none: install it (Debian: apt-get install pgbouncer).');
}

async function responds(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

/**
 * Starts PgBouncer in transaction mode, which lends a connection to the server for one transaction.
 *
 * @param url of a database on the server
 * @param settings besides; all others are its defaults
 */
export async function startPgBouncer(url: string, settings: Record<string, string | number> = {}) {
  const program = findPgBouncer();
  const folder = temporaryFolder();
  const port = await takePort();
  const server = new URL(url);
  const runAs = userInfo().uid === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const all = {
    ...{ listen_addr: '127.0.0.1', listen_port: port, unix_socket_dir: '', auth_type: 'any', pool_mode: 'transaction' },
    ...settings,
  };
  const file = join(folder.path, 'pgbouncer.ini');
  writeFileSync(
    file,
    [
      '[databases]',
      `* = host=${server.hostname} port=${server.port} user=${server.username}`,
      '[pgbouncer]',
      ...Object.entries(all).map(([name, value]) => `${name} = ${value}`),
    ].join('\n'),
  );
  chmodSync(folder.path, 0o755);
  if (runAs.uid) chownSync(file, runAs.uid, runAs.gid);
  const bouncer = spawn(program, ['--quiet', file], { ...runAs, stdio: 'ignore' });
  const exited = once(bouncer, 'exit');
  const killAtExit = () => bouncer.kill('SIGKILL');
  process.on('exit', killAtExit);
  const urlOf = (database: string) => `postgres://postgres@127.0.0.1:${port}/${database}`;
  await waitUntil('PgBouncer responds', () => responds(urlOf('postgres')));
  return {
    urlOf,
    async [Symbol.asyncDispose]() {
      bouncer.kill('SIGKILL');
      await exited;
      process.off('exit', killAtExit);
      folder[Symbol.dispose]();
    },
  };
}
