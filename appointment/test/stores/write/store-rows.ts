import { DatabaseSync } from 'node:sqlite';
import { waitUntil } from '@appointments/chassis/testing';
import pg from 'pg';

/** One row, its columns by name. */
export type Row = Record<string, string | number | null>;

/** A store that no service uses any more, for reading it as it was left. */
export interface StoreRows extends AsyncDisposable {
  /** Runs one query that only looks. */
  select<T extends Row>(sql: string): Promise<T[]>;
}

/** @param url `sqlite:` and a file's path, or `postgres://…` */
export function openStoreRows(url: string): Promise<StoreRows> {
  return url.startsWith('sqlite:') ? openSqliteRows(url.slice('sqlite:'.length)) : openPostgresRows(url);
}

async function openSqliteRows(file: string): Promise<StoreRows> {
  const connection = new DatabaseSync(file);
  return {
    select: async <T extends Row>(sql: string) => connection.prepare(sql).all() as T[],
    [Symbol.asyncDispose]: async () => connection.close(),
  };
}

const OTHER_SESSIONS = `
  select pid from pg_stat_activity
  where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()`;

async function openPostgresRows(url: string): Promise<StoreRows> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const select = async <T extends Row>(sql: string) => (await client.query<T>(sql)).rows;
  // The server ends the transaction of a client that was killed when it notices, which may be a moment later.
  await waitUntil('the killed processes have left the server', async () => (await select(OTHER_SESSIONS)).length === 0);
  return { select, [Symbol.asyncDispose]: () => client.end() };
}
