import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Kysely, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { openSqlite } from './sqlite.ts';

/** A service's own store. */
export interface Database<Tables> {
  /** For queries that only look; they see nothing that is not committed. */
  readonly read: Kysely<Tables>;
  /**
   * Runs `work` in one transaction; resolves once it is on disk. `work` must await nothing but its own queries, because
   * everyone else's writes wait for it.
   *
   * @throws whatever `work` throws, after undoing what it wrote; Problem 503 `store_unavailable` where someone else
   * holds the store
   */
  transaction<Result>(work: (tables: Kysely<Tables>) => Promise<Result>): Promise<Result>;
  /** Resolves when the store answers. */
  ping(): Promise<void>;
  /** Ends what is being written, then closes the store. */
  close(): Promise<void>;
}

/**
 * Opens the store and brings its schema up to date.
 *
 * @param url `sqlite:` and a file's path; missing folders are made
 * @param migrations by name, run in the order of their names, each once
 * @throws the first migration's error, in which case nothing is changed and nothing is left open
 */
export async function openDatabase<Tables>(
  url: string,
  migrations: Record<string, Migration>,
): Promise<Database<Tables>> {
  const file = url.slice('sqlite:'.length);
  mkdirSync(dirname(file), { recursive: true });
  const store = openSqlite<Tables>(file);
  try {
    await store.transaction((tables) => migrate(tables, migrations));
  } catch (error) {
    await store.close();
    throw error;
  }
  return {
    ...store,
    ping: async () => {
      await sql`select 1`.execute(store.read);
    },
  };
}

// Kysely itself runs SQLite's migrations outside of any transaction, where a failure half way would leave half a schema.
async function migrate<Tables>(tables: Kysely<Tables>, migrations: Record<string, Migration>): Promise<void> {
  const migrator = new Migrator({ db: tables, provider: { getMigrations: async () => migrations } });
  const { error } = await migrator.migrateToLatest();
  if (error) throw error;
}
