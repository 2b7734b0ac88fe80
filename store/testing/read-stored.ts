import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { overPostgres, schemasOf } from './store-url.ts';

const TABLES = `
  select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = any($1)`;

// The tables, their indexes and what is too long for a row.
const FILES = `
  with ours as (select c.* from pg_class c join pg_namespace n on n.oid = relnamespace where nspname = any($1))
  select pg_read_binary_file(pg_relation_filepath(oid::regclass)) as bytes
  from (
    select oid from ours where relkind in ('r', 'i')
    union all select reltoastrelid from ours where reltoastrelid > 0
  ) kept`;

// Where `startPostgresServer` has it.
const LOG = `select pg_read_binary_file(current_setting('data_directory') || '/../log') as bytes`;

/**
 * What the stores in a test's folder have not erased, a character for each byte: SQLite's files, or every row of PostgreSQL as
 * text, whose vacuum removes the rest in its own time.
 */
export function readNotErased(folder: string): Promise<string[]> {
  return overPostgres() ? onServer(folder, readRows) : readStored(folder);
}

/**
 * All that the stores in a test's folder hold, a character for each byte: SQLite's files; or of PostgreSQL every row as
 * text, every file of a table, in which rows stay that were deleted or never committed, and the server's log.
 */
export async function readStored(folder: string): Promise<string[]> {
  if (!overPostgres()) return readdirSync(folder).map((name) => readFileSync(join(folder, name), 'latin1'));
  return onServer(folder, async (client, schemas) => {
    const stored = await readRows(client, schemas);
    await client.query('checkpoint');
    for (const query of [{ text: FILES, values: [schemas] }, { text: LOG }]) {
      const { rows } = await client.query<{ bytes: Buffer }>(query);
      stored.push(...rows.map(({ bytes }) => bytes.toString('latin1')));
    }
    return stored;
  });
}

async function readRows(client: pg.Client, schemas: readonly string[]): Promise<string[]> {
  const stored: string[] = [];
  const { rows: tables } = await client.query<{ name: string }>(TABLES, [schemas]);
  for (const { name } of tables) {
    const { rows } = await client.query<{ text: string }>(`select kept::text as text from ${name} kept`);
    stored.push(...rows.map(({ text }) => Buffer.from(text).toString('latin1')));
  }
  return stored;
}

async function onServer<Result>(
  folder: string,
  read: (client: pg.Client, schemas: readonly string[]) => Promise<Result>,
): Promise<Result> {
  const { url, schemas } = await schemasOf(folder);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await read(client, schemas);
  } finally {
    await client.end();
  }
}
