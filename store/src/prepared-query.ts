import { createHash } from 'node:crypto';
import type { Compilable, CompiledQuery, Expression, Kysely, QueryResult, ValueNode } from 'kysely';
import { directRunOf } from './direct-queries.ts';

/** Stands for a value while a query is compiled. */
class Placeholder<Value> implements Expression<Value> {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  get expressionType(): Value | undefined {
    return undefined;
  }

  toOperationNode(): ValueNode {
    return { kind: 'ValueNode', value: this };
  }
}

/** Stands for the value of this name in the query that is being built. */
export type ValueOf<Values> = <Name extends keyof Values & string>(name: Name) => Expression<Values[Name]>;

interface Prepared<Row> {
  readonly query: CompiledQuery<Row>;
  readonly name: string;
}

/** The same for the same SQL in every process: a pooler may lend one a connection that another has prepared a statement on. */
const nameOf = (sql: string): string => createHash('sha256').update(sql).digest('base64url');

/**
 * Prepares a query that kysely builds and compiles once for each kind of store, rather than for each run: that takes longer
 * than SQLite takes to run it. In a transaction over PostgreSQL its statement is prepared by name, and may be planned without
 * its values: it is for rows that an index finds whatever the values are.
 *
 * @param build builds the query as any other, with `value('name')` in place of a value of the run
 * @returns the function that runs it with its values
 */
export function prepareQuery<Tables, Values extends object, Row = unknown>(
  build: (tables: Kysely<Tables>, value: ValueOf<Values>) => Compilable<Row>,
): (tables: Kysely<Tables>, values: Values) => Promise<QueryResult<Row>> {
  const value: ValueOf<Values> = (name) => new Placeholder(name);
  const compiled = new Map<unknown, Prepared<Row>>();
  return async (tables, values) => {
    const kindOfStore = tables.getExecutor().adapter.constructor;
    let prepared = compiled.get(kindOfStore);
    if (!prepared) {
      const query = build(tables, value).compile();
      prepared = { query, name: nameOf(query.sql) };
      compiled.set(kindOfStore, prepared);
    }
    const { query, name } = prepared;
    const parameters = query.parameters.map((parameter) =>
      parameter instanceof Placeholder ? values[parameter.name as keyof Values] : parameter,
    );
    const run = directRunOf(tables);
    return run ? run(query.sql, parameters, name) : tables.executeQuery({ ...query, parameters });
  };
}

/** @returns a row in which each of these columns has the value of its name */
export function valuesOf<Values extends object, Column extends keyof Values & string>(
  value: ValueOf<Values>,
  columns: readonly Column[],
): { [Name in Column]: Expression<Values[Name]> } {
  return Object.fromEntries(columns.map((column) => [column, value(column)])) as never;
}

// biome-ignore lint/suspicious/noExplicitAny: whatever its tables.
type AnyTables = Kysely<any>;

async function runStatement<Row>(
  tables: AnyTables,
  sql: string,
  parameters: readonly unknown[],
  name?: string,
): Promise<QueryResult<Row>> {
  const run = directRunOf(tables);
  if (run) return run(sql, parameters, name);
  const query = { kind: 'RawNode', sqlFragments: [sql], parameters: [] } as const;
  return tables.executeQuery<Row>({ sql, parameters, query, queryId: { queryId: sql } });
}

/**
 * Runs SQL that is written by hand.
 *
 * @param statement in the store's own dialect, with placeholders for the parameters
 */
export const runSql = <Row>(tables: AnyTables, statement: string, parameters: readonly unknown[]) =>
  runStatement<Row>(tables, statement, parameters);

/**
 * Prepares SQL that is written by hand, as `prepareQuery` does what kysely builds: for what is planned alike whatever its values.
 *
 * @returns the function that runs it with its parameters
 */
export function prepareSql<Row>(statement: string) {
  const name = nameOf(statement);
  return (tables: AnyTables, parameters: readonly unknown[]) => runStatement<Row>(tables, statement, parameters, name);
}
