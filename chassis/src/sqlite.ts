import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import {
  Kysely,
  type KyselyPlugin,
  type RootOperationNode,
  SelectQueryNode,
  SqliteDialect,
  type SqliteStatement,
  sql,
} from 'kysely';
import { storeUnavailable } from './store-unavailable.ts';

// A wait inside SQLite blocks the event loop, so it is kept far below 50 ms and the patience is kept outside of it.
const BUSY_WAIT_MS = 20;
const BUSY_RETRY_MS = 25;
const BUSY_PATIENCE_MS = 3_000;
const SQLITE_BUSY = 5;
// Read-only, I/O error, disk full, cannot be opened: the store's own troubles, https://sqlite.org/rescode.html.
const TROUBLES = new Set([8, 10, 13, 14]);
const MAX_BATCH = 256;
// Of 4 KiB each. A checkpoint holds a commit up for some milliseconds; SQLite's default of 1,000 makes four times as many.
const PAGES_TO_CHECKPOINT = 4_000;
// Nobody notices that much more, and a busy service has a dozen transactions together by then.
const GATHER_MS = 2;

/** Lets kysely's SQLite dialect, which was made for better-sqlite3, run on the module that Node ships. */
function kyselyOver<Tables>(connection: DatabaseSync): Kysely<Tables> {
  const statements = new Map<string, SqliteStatement>();
  const prepare = (sql: string) => {
    const known = statements.get(sql);
    if (known) return known;
    const statement = connection.prepare(sql);
    const prepared = {
      reader: statement.columns().length > 0,
      all: (parameters: readonly unknown[]) => statement.all(...(parameters as SQLInputValue[])),
      run: (parameters: readonly unknown[]) => statement.run(...(parameters as SQLInputValue[])),
      iterate: (parameters: readonly unknown[]) => statement.iterate(...(parameters as SQLInputValue[])),
    };
    statements.set(sql, prepared);
    return prepared;
  };
  const dialect = new SqliteDialect({ database: { close: () => connection.close(), prepare } });
  return new Kysely<Tables>({ dialect, plugins: [withoutRowLocks] });
}

/** Takes `FOR UPDATE` out of queries: SQLite has no word for it, and with one writer no need of it. */
const withoutRowLocks: KyselyPlugin = {
  transformQuery: ({ node }) => (SelectQueryNode.is(node) && node.endModifiers ? unlocked(node) : node),
  transformResult: async ({ result }) => result,
};

function unlocked({ endModifiers, ...node }: SelectQueryNode): RootOperationNode {
  return node;
}

/** SQLite's primary result code; 0 where the error is not one of SQLite's. */
const resultCodeOf = (error: unknown): number => ((error as { errcode?: number }).errcode ?? 0) % 256;
const isBusy = (error: unknown): boolean => resultCodeOf(error) === SQLITE_BUSY;
/** What the caller is told: that the store does not work, where it is that. */
const reasonOf = (error: unknown): unknown => (TROUBLES.has(resultCodeOf(error)) ? storeUnavailable(error) : error);

interface Job<Tables> {
  work: (tables: Kysely<Tables>) => Promise<unknown>;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

/**
 * One SQLite file in WAL mode with `synchronous=FULL`: a connection that writes and a read-only one that therefore never
 * sees what is not committed.
 *
 * Transactions that wait at the same time are run one after the other, each in its own savepoint, and share one commit
 * (group commit): every caller is answered after the commit that holds its work.
 */
export function openSqlite<Tables>(file: string) {
  const connection = new DatabaseSync(file, { timeout: BUSY_WAIT_MS });
  connection.exec(
    `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
     PRAGMA wal_autocheckpoint = ${PAGES_TO_CHECKPOINT};`,
  );
  const reader = new DatabaseSync(file, { timeout: BUSY_WAIT_MS, readOnly: true });
  const tables = kyselyOver<Tables>(connection);
  const read = kyselyOver<Tables>(reader);
  const waiting: Job<Tables>[] = [];
  let flushing: Promise<void> | undefined;

  async function begin(): Promise<void> {
    const giveUpAt = performance.now() + BUSY_PATIENCE_MS;
    for (;;) {
      try {
        return connection.exec('BEGIN IMMEDIATE');
      } catch (error) {
        if (!isBusy(error) || performance.now() > giveUpAt) throw storeUnavailable(error);
        await new Promise((resolve) => setTimeout(resolve, BUSY_RETRY_MS));
      }
    }
  }

  async function runInSavepoint(job: Job<Tables>): Promise<() => void> {
    connection.exec('SAVEPOINT job');
    try {
      const value = await job.work(tables);
      connection.exec('RELEASE job');
      return () => job.resolve(value);
    } catch (error) {
      // Where there is no room, SQLite may have rolled all of the batch back by itself.
      if (!connection.isTransaction) throw error;
      connection.exec('ROLLBACK TO job; RELEASE job');
      return () => job.reject(reasonOf(error));
    }
  }

  async function commitBatch(batch: Job<Tables>[]): Promise<void> {
    try {
      await begin();
      const answers: Array<() => void> = [];
      for (const job of batch) answers.push(await runInSavepoint(job));
      connection.exec('COMMIT');
      for (const answer of answers) answer();
    } catch (error) {
      if (connection.isOpen && connection.isTransaction) connection.exec('ROLLBACK');
      for (const job of batch) job.reject(reasonOf(error));
    }
  }

  /** Waits for as long as each turn of the event loop brings more transactions, which then share the commit. */
  async function gather(): Promise<void> {
    const giveUpAt = performance.now() + GATHER_MS;
    for (let gathered = 0; gathered < waiting.length && performance.now() < giveUpAt; ) {
      gathered = waiting.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async function flush(): Promise<void> {
    while (waiting.length > 0) {
      await gather();
      await commitBatch(waiting.splice(0, MAX_BATCH));
    }
    flushing = undefined;
  }

  return {
    read,
    shared: false,
    ping: async (): Promise<void> => {
      await sql`select 1`.execute(read);
    },
    transaction<Result>(work: (tables: Kysely<Tables>) => Promise<Result>): Promise<Result> {
      return new Promise<Result>((resolve, reject) => {
        waiting.push({ work, resolve: resolve as (value: unknown) => void, reject });
        flushing ??= flush();
      });
    },
    async close(): Promise<void> {
      await flushing;
      reader.close();
      connection.close();
    },
  };
}
