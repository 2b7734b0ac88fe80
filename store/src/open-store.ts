import type { Migration } from './migration.ts';
import type { Store } from './store.ts';
import { StoreUnavailable, StoreUrlInvalid } from './store-errors.ts';
import { fileOf, realFile, unusable, usingFile } from './store-file.ts';

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
 * @param url `sqlite:` and a file's path, where missing folders are made; `postgres://…` as the package `pg` takes it, or
 * with several hosts; or `memory:`, a store of its own that is gone when it is closed, for tests
 * @throws the first migration's error, in which case nothing is changed and nothing is left open; StoreUnavailable where
 * the server does not respond; StoreFileUnusable; StoreUrlInvalid
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
  const { migrateSqlite } = await import('./migrate.ts');
  if (url === 'memory:')
    return migrateSqlite((await import('./memory-store.ts')).openMemoryStore<Tables>(), migrations);
  const path = fileOf(url);
  if (path === undefined) throw new StoreUrlInvalid();
  const { openSqliteStore } = await import('./sqlite-store.ts');
  const file = realFile(path);
  const store = usingFile(file, () => openSqliteStore<Tables>(file));
  return migrateSqlite(store, migrations).catch((error: unknown) => {
    throw error instanceof StoreUnavailable ? unusable(file, error) : error;
  });
}
