import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { Kysely, type KyselyPlugin, type RootOperationNode, SelectQueryNode, SqliteDialect, sql } from 'kysely';
import { storeUnavailable } from './store-unavailable.ts';

// A wait inside SQLite blocks the event loop, so it is kept far below 50 ms and the patience is kept outside of it.
const BUSY_WAIT_MS = 20;
const BUSY_RETRY_MS = 25;
const BUSY_PATIENCE_MS = 3_000;
const SQLITE_BUSY = 5;
const MAX_BATCH = 256;

/** Lets kysely's SQLite dialect, which was made for better-sqlite3, run on the module that Node ships. */
function kyselyOver<Tables>(connection: DatabaseSync): Kysely<Tables> {
  const statements = new Map<string, StatementSync>();
  const prepare = (sql: string) => {
    const statement = statements.get(sql) ?? connection.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
  const dialect = new SqliteDialect({
    database: {
      close: () => connection.close(),
      prepare: (sql) => {
        const statement = prepare(sql);
        return {
          reader: statement.columns().length > 0,
          all: (parameters) => statement.all(...(parameters as SQLInputValue[])),
          run: (parameters) => statement.run(...(parameters as SQLInputValue[])),
          iterate: (parameters) => statement.iterate(...(parameters as SQLInputValue[])),
        };
      },
    },
  });
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

const isBusy = (error: unknown) => ((error as { errcode?: number }).errcode ?? 0) % 256 === SQLITE_BUSY;

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
  connection.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;');
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
      connection.exec('ROLLBACK TO job; RELEASE job');
      return () => job.reject(error);
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
      for (const job of batch) job.reject(error);
    }
  }

  async function flush(): Promise<void> {
    // One turn of the event loop later, whatever else arrived in this one is waiting too and shares the commit.
    await new Promise((resolve) => setImmediate(resolve));
    while (waiting.length > 0) await commitBatch(waiting.splice(0, MAX_BATCH));
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
