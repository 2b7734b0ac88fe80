import { setTimeout as delay } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import { DEFAULT_MIGRATION_TABLE as EXECUTED, Migrator } from 'kysely/migration';
import { buildIndexes } from './build-indexes.ts';
import { indexesOf, type Migration } from './migration.ts';
import type { PostgresStore } from './postgres-store.ts';
import type { Store } from './store.ts';
import { StoreUnavailable } from './store-errors.ts';

// https://www.postgresql.org/docs/current/errcodes-appendix.html
const LOCK_NOT_AVAILABLE = '55P03';
// A dump of a large database holds its locks for as long.
const LOCK_PATIENCE_MS = 3_600_000;
const LOCK_RETRY_MS = 1_000;
// All traffic on the table waits behind a migration that waits for its lock.
const LOCK_MS = 500;
// The number of kysely's own lock, which earlier releases take.
const MIGRATING = 3_853_314_791_062_309_107n;
const takeTurn = sql`select pg_advisory_xact_lock(${sql.lit(MIGRATING)})`;

/** Kysely runs SQLite's migrations outside of a transaction, where a failure half way would leave half a schema. */
export function migrateSqlite<Tables>(
  store: Store<Tables>,
  migrations: Record<string, Migration>,
): Promise<Store<Tables>> {
  const bringUpToDate = async (tables: Kysely<Tables>) => {
    await migrate(tables, migrations);
    for (const index of indexesOf(migrations, tables.schema).values()) await index.ifNotExists().execute();
  };
  return orClose(store, () => store.transaction(bringUpToDate));
}

export async function migratePostgres<Tables>(
  store: PostgresStore<Tables>,
  migrations: Record<string, Migration>,
): Promise<Store<Tables>> {
  const bringUpToDate = () =>
    store.migrating((tables) =>
      tables.transaction().execute(async (locked) => {
        await takeTurn.execute(locked);
        // Without a schema, kysely would find its own tables in any schema of the database.
        const { rows } = await sql<{ schema: string }>`select current_schema() as schema`.execute(locked);
        await migrate(locked, limitLocks(migrations), rows[0]?.schema);
      }),
    );
  return orClose(store, async () => {
    await retryLockTimeouts(bringUpToDate);
    await store.migrating((tables) => buildIndexes(tables as unknown as Kysely<unknown>, migrations));
  });
}

/** Of the transaction, not of the connection: a pooler lends that to others. */
function limitLocks(migrations: Record<string, Migration>): Record<string, Migration> {
  const limited = ([name, migration]: [string, Migration]) => {
    const up: Migration['up'] = async (tables) => {
      await sql`set local lock_timeout = ${sql.lit(LOCK_MS)}`.execute(tables);
      await migration.up(tables);
    };
    return [name, { ...migration, up }];
  };
  return Object.fromEntries(Object.entries(migrations).map(limited));
}

/** A migration waits for a lock only for moments, because all who come later wait behind it; so it asks again and again. */
async function retryLockTimeouts(work: () => Promise<void>): Promise<void> {
  const giveUpAt = performance.now() + LOCK_PATIENCE_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isLockTimeout(error) || performance.now() > giveUpAt) throw error;
      await delay(LOCK_RETRY_MS);
    }
  }
}

const isLockTimeout = (error: unknown): boolean =>
  error instanceof StoreUnavailable && (error.cause as { code?: string } | undefined)?.code === LOCK_NOT_AVAILABLE;

async function orClose<Tables>(store: Store<Tables>, work: () => Promise<void>): Promise<Store<Tables>> {
  try {
    await work();
  } catch (error) {
    await store.close();
    throw error;
  }
  return store;
}

/** Runs in a transaction that no other process has at the same time. */
async function migrate<Tables>(
  tables: Kysely<Tables>,
  migrations: Record<string, Migration>,
  schema?: string,
): Promise<void> {
  const later = await findExecuted(tables, schema);
  const migrator = new Migrator({
    db: tables,
    // Known before it begins: it holds the only connection meanwhile.
    provider: { getMigrations: async () => ({ ...later, ...migrations }) },
    // A library's migrations and those of the service that uses it are in one list, and each grows on its own.
    allowUnorderedMigrations: true,
    ...(schema !== undefined && { migrationTableSchema: schema }),
  });
  const { error } = await migrator.migrateToLatest();
  if (error) throw error;
}

const NOTHING: Migration = { up: async () => {} };

/**
 * The migrations that have run, as ones that do nothing: those of a later release are none of ours, and the store works for
 * this one as long as they have only added to it.
 */
async function findExecuted<Tables>(tables: Kysely<Tables>, schema?: string): Promise<Record<string, Migration>> {
  const inStore = await tables.introspection.getTables({ withInternalKyselyTables: true });
  if (!inStore.some((table) => table.name === EXECUTED && (!schema || table.schema === schema))) return {};
  const table = schema === undefined ? sql.id(EXECUTED) : sql.id(schema, EXECUTED);
  const { rows } = await sql<{ name: string }>`select name from ${table}`.execute(tables);
  return Object.fromEntries(rows.map(({ name }) => [name, NOTHING]));
}
