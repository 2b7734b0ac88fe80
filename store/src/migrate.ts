import { type Kysely, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import type { PostgresStore } from './postgres-store.ts';
import type { Store } from './store.ts';

/** Kysely runs SQLite's migrations outside of a transaction, where a failure half way would leave half a schema. */
export function migrateSqlite<Tables>(
  store: Store<Tables>,
  migrations: Record<string, Migration>,
): Promise<Store<Tables>> {
  return orClose(store, () => store.transaction((tables) => migrate(tables, migrations)));
}

export async function migratePostgres<Tables>(
  store: PostgresStore<Tables>,
  migrations: Record<string, Migration>,
): Promise<Store<Tables>> {
  return orClose(store, () =>
    store.migrating(async (tables) => {
      // Without a schema, kysely would find its own tables in any schema of the database.
      const { rows } = await sql<{ schema: string }>`select current_schema() as schema`.execute(tables);
      await migrate(tables, migrations, rows[0]?.schema);
    }),
  );
}

async function orClose<Tables>(store: Store<Tables>, work: () => Promise<void>): Promise<Store<Tables>> {
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
