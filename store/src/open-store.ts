import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Kysely, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { openMemoryStore } from './memory-store.ts';
import { openSqliteStore } from './sqlite-store.ts';
import type { Store } from './store.ts';
import { StoreUrlInvalid } from './store-errors.ts';

export interface StoreOptions {
  /**
   * By name, run in the order of their names, each once. One that is added later may have a name that comes before those
   * which have run.
   */
  migrations: Record<string, Migration>;
  /** The most connections to a PostgreSQL server, 10 where it is left out. */
  poolSize?: number | undefined;
}

const DEFAULT_POOL_SIZE = 10;

/**
 * Opens a store and brings its schema up to date. Several processes may do so at once where the store can be shared.
 *
 * @param url `sqlite:` and a file's path, where missing folders are made; `postgres://…` as the package `pg` takes it; or
 * `memory:`, a store of its own that is gone when it is closed, for tests
 * @throws the first migration's error, in which case nothing is changed and nothing is left open; StoreUnavailable where
 * the server does not respond; StoreUrlInvalid
 */
export async function openStore<Tables>(
  url: string,
  { migrations, poolSize = DEFAULT_POOL_SIZE }: StoreOptions,
): Promise<Store<Tables>> {
  if (/^postgres(ql)?:/.test(url)) return openPostgres<Tables>(url, migrations, poolSize);
  if (url === 'memory:') return migrated(openMemoryStore<Tables>(), migrations);
  const file = /^sqlite:(?<file>.+)$/s.exec(url)?.groups?.file;
  if (file === undefined) throw new StoreUrlInvalid();
  mkdirSync(dirname(file), { recursive: true });
  return migrated(openSqliteStore<Tables>(file), migrations);
}

async function openPostgres<Tables>(url: string, migrations: Record<string, Migration>, poolSize: number) {
  // `pg` is installed only where it is used.
  const { openPostgresStore } = await import('./postgres-store.ts');
  const { migrating, ...store } = openPostgresStore<Tables>(url, poolSize);
  return orClose(store, () =>
    migrating(async (tables) => {
      // Without a schema, kysely would find its own tables in any schema of the database.
      const { rows } = await sql<{ schema: string }>`select current_schema() as schema`.execute(tables);
      await migrate(tables, migrations, rows[0]?.schema);
    }),
  );
}

/** Kysely runs SQLite's migrations outside of a transaction, where a failure half way would leave half a schema. */
function migrated<Tables>(store: Store<Tables>, migrations: Record<string, Migration>): Promise<Store<Tables>> {
  return orClose(store, () => store.transaction((tables) => migrate(tables, migrations)));
}

async function orClose<Opened extends { close(): Promise<void> }>(
  store: Opened,
  work: () => Promise<void>,
): Promise<Opened> {
  try {
    await work();
  } catch (error) {
    await store.close();
    throw error;
  }
  return store;
}

async function migrate<Tables>(
  tables: Kysely<Tables>,
  migrations: Record<string, Migration>,
  schema?: string,
): Promise<void> {
  const migrator = new Migrator({
    db: tables,
    provider: { getMigrations: async () => migrations },
    // A library's migrations and those of the service that uses it are in one list, and each grows on its own.
    allowUnorderedMigrations: true,
    ...(schema !== undefined && { migrationTableSchema: schema }),
  });
  const { error } = await migrator.migrateToLatest();
  if (error) throw error;
}
