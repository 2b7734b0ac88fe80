import { type Compilable, type CompiledQuery, type Kysely, type QueryResult, type RawBuilder, sql } from 'kysely';

/** Stands for a value while a query is compiled. */
class Placeholder {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** Stands for the value of this name in the query that is being built. */
export type ValueOf<Values> = <Name extends keyof Values & string>(name: Name) => RawBuilder<Values[Name]>;

/**
 * A query that kysely builds and compiles once for each kind of store, rather than for each run: that takes longer than
 * SQLite takes to run it.
 *
 * @param build as any query is built, with `value('name')` where a run puts its own value
 * @returns what runs it
 */
export function prepareQuery<Tables, Values extends object, Row = unknown>(
  build: (tables: Kysely<Tables>, value: ValueOf<Values>) => Compilable<Row>,
): (tables: Kysely<Tables>, values: Values) => Promise<QueryResult<Row>> {
  const value: ValueOf<Values> = (name) => sql`${new Placeholder(name)}`;
  const compiled = new Map<unknown, CompiledQuery<Row>>();
  return (tables, values) => {
    const kindOfStore = tables.getExecutor().adapter.constructor;
    let query = compiled.get(kindOfStore);
    if (!query) {
      query = build(tables, value).compile();
      compiled.set(kindOfStore, query);
    }
    const parameters = query.parameters.map((parameter) =>
      parameter instanceof Placeholder ? values[parameter.name as keyof Values] : parameter,
    );
    return tables.executeQuery({ ...query, parameters });
  };
}

/** A row in which each of these columns has the value of its name. */
export function valuesOf<Values extends object, Column extends keyof Values & string>(
  value: ValueOf<Values>,
  columns: readonly Column[],
): { [Name in Column]: RawBuilder<Values[Name]> } {
  return Object.fromEntries(columns.map((column) => [column, value(column)])) as never;
}
