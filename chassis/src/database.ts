import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { type ColumnDefinitionBuilder, type Kysely, PostgresAdapter, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { openSqlite } from './sqlite.ts';

/** What a transaction says of itself. */
export interface TransactionOptions {
  /** Transactions with the same subject run one after another, whichever process they are in. */
  subject?: string;
  /**
   * Whether the work may be done twice: where the connection breaks while it commits, nobody knows whether it did. Work
   * that may not is answered 503 then.
   */
  repeatable?: boolean;
}

/** A service's own store. */
export interface Database<Tables> {
  /** Whether other processes may work on it at the same time. */
  readonly shared: boolean;
  /** For queries that only look; they see nothing that is not committed. */
  readonly read: Kysely<Tables>;
  /**
   * Runs `work` in one transaction; resolves once it is on disk. `work` must await nothing but its own queries, because
   * others wait for it, and must be fit to be run anew after it was cut off, in which case nothing of it was kept.
   *
   * @throws whatever `work` throws, after undoing what it wrote; Problem 503 `store_unavailable` where someone else
   * holds the store or it does not answer
   */
  transaction<Result>(work: (tables: Kysely<Tables>) => Promise<Result>, options?: TransactionOptions): Promise<Result>;
  /** Resolves when the store answers, or did within the time for which a transaction would wait for it. */
  ping(): Promise<void>;
  /** Ends what is being written, then closes the store. */
  close(): Promise<void>;
}

const isPostgresUrl = (url: string): boolean => /^postgres(ql)?:/.test(url);
const DEFAULT_POOL_SIZE = 10;

/**
 * Opens the store and brings its schema up to date. Several processes may do so at once where the store can be shared.
 *
 * @param url `sqlite:` and a file's path, where missing folders are made, or `postgres://…` as the package `pg` takes it
 * @param migrations by name, run in the order of their names, each once
 * @param poolSize the most connections to a PostgreSQL server
 * @throws the first migration's error, in which case nothing is changed and nothing is left open; Problem 503
 * `store_unavailable` where the server does not answer
 */
export async function openDatabase<Tables>(
  url: string,
  migrations: Record<string, Migration>,
  poolSize: number = DEFAULT_POOL_SIZE,
): Promise<Database<Tables>> {
  return isPostgresUrl(url)
    ? openPostgresDatabase<Tables>(url, migrations, poolSize)
    : openSqliteDatabase<Tables>(url, migrations);
}

async function openPostgresDatabase<Tables>(url: string, migrations: Record<string, Migration>, poolSize: number) {
  // Only who uses it loads it.
  const { openPostgres } = await import('./postgres.ts');
  const { migrating, ...store } = openPostgres<Tables>(url, poolSize);
  return orClose(store, () =>
    migrating(async (tables) => {
      // Asked to look nowhere but here, kysely does not take the tables of another schema for ours.
      const { rows } = await sql<{ schema: string }>`select current_schema() as schema`.execute(tables);
      await migrate(tables, migrations, rows[0]?.schema);
    }),
  );
}

async function openSqliteDatabase<Tables>(url: string, migrations: Record<string, Migration>) {
  const file = url.slice('sqlite:'.length);
  mkdirSync(dirname(file), { recursive: true });
  const store = openSqlite<Tables>(file);
  // Kysely itself runs SQLite's migrations outside of any transaction, where a failure half way would leave half a schema.
  return orClose(store, () => store.transaction((tables) => migrate(tables, migrations)));
}

async function orClose<Store extends { close(): Promise<void> }>(store: Store, work: () => Promise<void>) {
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
    ...(schema !== undefined && { migrationTableSchema: schema }),
  });
  const { error } = await migrator.migrateToLatest();
  if (error) throw error;
}

/**
 * The column type of a primary key that grows by itself, for migrations that run on either kind of store.
 *
 * @param db as a migration is given it
 */
export function growingKey(db: Kysely<unknown>) {
  const postgres = isPostgres(db);
  return {
    type: postgres ? ('bigint' as const) : ('integer' as const),
    column: (column: ColumnDefinitionBuilder) =>
      postgres ? column.primaryKey().generatedAlwaysAsIdentity() : column.primaryKey().autoIncrement(),
  };
}

/** Makes the first key of an empty table `first`; for migrations. */
export async function startKeysAt(db: Kysely<unknown>, table: string, column: string, first: number): Promise<void> {
  if (isPostgres(db)) {
    await sql`alter table ${sql.table(table)} alter column ${sql.ref(column)} restart with ${sql.lit(first)}`.execute(
      db,
    );
  } else {
    await sql`insert into sqlite_sequence (name, seq) values (${table}, ${first - 1})`.execute(db);
  }
}

const isPostgres = (db: Kysely<unknown>): boolean => db.getExecutor().adapter instanceof PostgresAdapter;
