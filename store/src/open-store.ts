import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Migration } from 'kysely/migration';
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
  // Kysely takes longer to load than all the rest, and `pg` is installed only where it is used.
  if (/^postgres(ql)?:/.test(url)) {
    const [{ openPostgresStore }, { migratePostgres }] = await Promise.all([
      import('./postgres-store.ts'),
      import('./migrate.ts'),
    ]);
    return migratePostgres(openPostgresStore<Tables>(url, poolSize), migrations);
  }
  const openSqlite = await sqliteOpener<Tables>(url);
  const { migrateSqlite } = await import('./migrate.ts');
  return migrateSqlite(openSqlite(), migrations);
}

async function sqliteOpener<Tables>(url: string): Promise<() => Store<Tables>> {
  if (url === 'memory:') return (await import('./memory-store.ts')).openMemoryStore;
  const file = /^sqlite:(?<file>.+)$/s.exec(url)?.groups?.file;
  if (file === undefined) throw new StoreUrlInvalid();
  mkdirSync(dirname(file), { recursive: true });
  const { openSqliteStore } = await import('./sqlite-store.ts');
  return () => openSqliteStore(file);
}
