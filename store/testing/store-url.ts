import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import pg from 'pg';

/** Names the PostgreSQL database for tests to use; where it is not set, their stores are SQLite files. */
export const POSTGRES_VARIABLE = 'TEST_POSTGRES_URL';

/** Whether this run's tests use PostgreSQL. */
export const overPostgres = (): boolean => process.env[POSTGRES_VARIABLE] !== undefined;

/**
 * Where a test keeps a store: the same URL for the same folder and name, and no other test has it.
 *
 * @param folder the test's own
 */
export async function storeUrl(folder: string, name: string): Promise<string> {
  const postgres = process.env[POSTGRES_VARIABLE];
  if (!postgres) return `sqlite:${join(folder, `${name}.db`)}`;
  database ??= createDatabase(postgres);
  const url = await database;
  const schema = `${name}_${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`;
  // At once, two of these statements would be in each other's way.
  const making = made.get(schema) ?? execute(url, `create schema if not exists ${pg.escapeIdentifier(schema)}`);
  made.set(schema, making);
  await making;
  schemas.set(folder, (schemas.get(folder) ?? new Set()).add(schema));
  return `${url}?options=${encodeURIComponent(`-c search_path=${schema}`)}`;
}

/** The database that has the stores of a folder, and which of its schemas they are. */
export async function schemasOf(folder: string): Promise<{ url: string; schemas: string[] }> {
  const url = await database;
  if (!url) throw new Error(`no store in ${folder}`);
  return { url, schemas: [...(schemas.get(folder) ?? [])] };
}

// A schema for a test is as good as a database and made in a thousandth of the time; one database for each test file keeps
// their number small enough to be looked through.
let database: Promise<string> | undefined;
const made = new Map<string, Promise<void>>();
const schemas = new Map<string, Set<string>>();

async function createDatabase(postgres: string): Promise<string> {
  const name = `tests_${randomUUID().replaceAll('-', '')}`;
  await execute(postgres, `create database ${name}`);
  return new URL(`/${name}`, postgres).href;
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(statement).finally(() => client.end());
}
