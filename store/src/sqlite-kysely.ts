import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import {
  type Dialect,
  Kysely,
  type KyselyPlugin,
  type RootOperationNode,
  SelectQueryNode,
  type SqliteDatabase,
  SqliteDialect,
  type SqliteStatement,
} from 'kysely';

/**
 * Kysely over a connection of the module that Node ships; kysely's own dialect was made for better-sqlite3.
 *
 * @param dialectOver makes the dialect, kysely's own where it is left out
 */
export function kyselyOver<Tables>(
  connection: DatabaseSync,
  dialectOver: (database: SqliteDatabase) => Dialect = (database) => new SqliteDialect({ database }),
): Kysely<Tables> {
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
  const dialect = dialectOver({ close: () => connection.close(), prepare });
  return new Kysely<Tables>({ dialect, plugins: [withoutRowLocks] });
}

/** Takes `FOR UPDATE` out of queries: SQLite does not know it, and with one writer it is not needed. */
const withoutRowLocks: KyselyPlugin = {
  transformQuery: ({ node }) => (SelectQueryNode.is(node) && node.endModifiers ? unlocked(node) : node),
  transformResult: async ({ result }) => result,
};

function unlocked({ endModifiers, ...node }: SelectQueryNode): RootOperationNode {
  return node;
}
