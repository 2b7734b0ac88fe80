import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import {
  type Dialect,
  Kysely,
  type KyselyPlugin,
  type QueryResult,
  type RootOperationNode,
  SelectQueryNode,
  type SqliteDatabase,
  SqliteDialect,
  type SqliteStatement,
} from 'kysely';
import { passExecutorBy } from './direct-queries.ts';
import { runQuery } from './sqlite-failure.ts';

/**
 * Kysely over a connection of the module that Node ships; kysely's own dialect was made for better-sqlite3.
 *
 * @param dialectOver makes the dialect, kysely's own where it is left out; prepared queries then go straight to the connection
 */
export function kyselyOver<Tables>(
  connection: DatabaseSync,
  dialectOver?: (database: SqliteDatabase) => Dialect,
): Kysely<Tables> {
  const prepare = createPrepare(connection);
  const database: SqliteDatabase = { close: () => connection.close(), prepare };
  const dialect = dialectOver?.(database) ?? new SqliteDialect({ database });
  const tables = new Kysely<Tables>({ dialect, plugins: [withoutRowLocks] });
  // A dialect of the caller's may have its connection wait for its turn.
  return dialectOver ? tables : passExecutorBy(tables, (text, parameters) => runNow(prepare(text), parameters));
}

function runNow(statement: SqliteStatement, parameters: readonly unknown[]): QueryResult<never> {
  if (statement.reader) return { rows: statement.all(parameters) as never[] };
  const { changes, lastInsertRowid } = statement.run(parameters);
  return { numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid), rows: [] };
}

/** Prepares each text once. */
function createPrepare(connection: DatabaseSync) {
  const statements = new Map<string, SqliteStatement>();
  return (sql: string): SqliteStatement => {
    const known = statements.get(sql);
    if (known) return known;
    const statement = runQuery(() => connection.prepare(sql));
    const prepared = {
      reader: statement.columns().length > 0,
      all: (parameters: readonly unknown[]) => runQuery(() => statement.all(...(parameters as SQLInputValue[]))),
      run: (parameters: readonly unknown[]) => runQuery(() => statement.run(...(parameters as SQLInputValue[]))),
      iterate: (parameters: readonly unknown[]) => statement.iterate(...(parameters as SQLInputValue[])),
    };
    statements.set(sql, prepared);
    return prepared;
  };
}

/** Takes `FOR UPDATE` out of queries: SQLite does not know it, and with one writer it is not needed. */
const withoutRowLocks: KyselyPlugin = {
  transformQuery: ({ node }) => (SelectQueryNode.is(node) && node.endModifiers ? unlocked(node) : node),
  transformResult: async ({ result }) => result,
};

function unlocked({ endModifiers, ...node }: SelectQueryNode): RootOperationNode {
  return node;
}
