import type { Expression, ExpressionBuilder, Kysely, RawNode } from 'kysely';
import { type RowQuery, runGathered } from './gathering.ts';
import { prepareQuery, prepareSql, runSql, type ValueOf, valuesOf } from './prepared-query.ts';

// biome-ignore lint/suspicious/noExplicitAny: a table is known by its name alone.
type AnyTable = any;
type Column<Row> = keyof Row & string;

/** The rows that a query is for. */
export interface Where<Row, Key extends Column<Row>> {
  /** Columns which an index has, all of them texts; their values say which row. */
  readonly key: readonly Key[];
  /** What such a row must have as well. */
  readonly having?: { readonly [Name in Column<Row>]?: string };
}

/**
 * Prepares the insertion of a row. In a transaction over PostgreSQL one statement inserts the rows of all that ask in the same
 * turn of the event loop.
 *
 * @param columns those that get a value
 * @param key of these, texts that tell one row from another
 * @param returning what the store fills in and the caller wants to know
 * @returns the function that inserts a row; it resolves to these columns of it, or to undefined where a row is there that has
 * its key, or something else that must be unique
 */
export function prepareInsert<Values extends object, Returned extends object = object>(
  table: string,
  columns: ReadonlyArray<Column<Values>>,
  key: ReadonlyArray<Column<Values>>,
  returning: ReadonlyArray<Column<Returned>> = [],
) {
  const insertOne = prepareQuery<AnyTable, Values, Returned>((tables, value) => {
    const insert = tables
      .insertInto(table)
      .values(valuesOf(value, columns))
      .onConflict((conflict) => conflict.doNothing());
    return returning.length > 0 ? insert.returning([...returning]) : insert;
  });
  const names = columns.join(', ');
  const insertMany = prepareSql<Returned>(
    `insert into ${table} (${names}) select ${names} from ${givenRows(table)} on conflict do nothing
    returning ${[...key, ...returning].join(', ')}`,
  );
  const query = rowQuery(key, insertOne, insertMany);
  return async (tables: Kysely<AnyTable>, values: Values): Promise<Returned | undefined> =>
    (await runGathered(query, tables, values))[0];
}

/**
 * Prepares a look for rows. In a transaction over PostgreSQL one statement finds the rows of all that ask in the same turn of the
 * event loop.
 *
 * @param columns of the rows, all of them where they are left out
 * @returns the function that finds the rows of a key
 */
export function prepareFind<Row extends object, Key extends Column<Row>, Found extends Column<Row> = Column<Row>>(
  table: string,
  where: Where<Row, Key>,
  columns?: readonly Found[],
) {
  const findOne = prepareQuery<AnyTable, Pick<Row, Key>, Pick<Row, Found>>((tables, value) => {
    const find = tables.selectFrom(table).where(matches(where, value));
    return columns ? find.select(columns) : find.selectAll();
  });
  const selected = columns ? [...where.key, ...columns].join(', ') : '*';
  // Looked for one by one: another plan might read the whole table.
  const findMany = prepareSql<Pick<Row, Found>>(
    `select found.* from ${givenRows(table)},
    lateral (select ${selected} from ${table} where ${matchesGiven(table, where)} offset 0) as found`,
  );
  const query = rowQuery(where.key, findOne, findMany);
  return (tables: Kysely<AnyTable>, values: Pick<Row, Key>): Promise<ReadonlyArray<Pick<Row, Found>>> =>
    runGathered(query, tables, values);
}

/**
 * Prepares the change of a row. In a transaction over PostgreSQL one statement changes the rows of all that ask in the same turn
 * of the event loop.
 *
 * @param columns those that are changed
 * @returns the function that changes a row; it resolves to whether there was one
 */
export function prepareUpdate<Row extends object, Key extends Column<Row>, Changed extends Column<Row>>(
  table: string,
  columns: readonly Changed[],
  where: Where<Row, Key>,
) {
  const updateOne = prepareQuery<AnyTable, Pick<Row, Key | Changed>, object>((tables, value) =>
    tables.updateTable(table).set(valuesOf(value, columns)).where(matches(where, value)),
  );
  const changes = columns.map((column) => `${column} = given.${column}`).join(', ');
  const returned = where.key.map((column) => `${table}.${column}`).join(', ');
  const updateMany = `update ${table} set ${changes} from ${givenRows(table)} where ${matchesGiven(table, where)} returning ${returned}`;
  // Without a name: the plan that the server keeps of it would read the whole table.
  const query = rowQuery<Pick<Row, Key | Changed>, object>(where.key, updateOne, (tables, given) =>
    runSql(tables, updateMany, given),
  );
  return async (tables: Kysely<AnyTable>, values: Pick<Row, Key | Changed>): Promise<boolean> =>
    (await runGathered(query, tables, values)).length > 0;
}

function rowQuery<Values extends object, Row>(
  key: readonly string[],
  one: ReturnType<typeof prepareQuery<AnyTable, Values, Row>>,
  many: ReturnType<typeof prepareSql<Row>>,
): RowQuery<Values, Row> {
  return {
    key,
    one: async (tables, values) => {
      const { rows, numAffectedRows } = await one(tables, values);
      // A row that was written, where the query returns nothing of it.
      return rows.length === 0 && numAffectedRows ? [{} as Row] : rows;
    },
    many: async (tables, values) => (await many(tables, [JSON.stringify(values), values.length])).rows,
  };
}

/**
 * Rows out of one parameter on PostgreSQL, so that a statement is the same however many there are. The second one says how many:
 * the server takes it for a hundred otherwise, and reads a whole table for them.
 *
 * @param table whose columns the rows have
 * @returns what stands behind `from`, under the name `given`; $1 is the rows as JSON, $2 their number
 */
export const givenRows = (table: string): string =>
  `(select * from json_populate_recordset(null::${table}, $1::json) limit $2) as given`;

const matches =
  <Row, Key extends Column<Row>>({ key, having = {} }: Where<Row, Key>, value: ValueOf<AnyTable>) =>
  ({ and, eb }: ExpressionBuilder<AnyTable, string>) =>
    and([
      ...key.map((column) => eb(column, '=', value(column))),
      ...Object.entries(having).map(([column, text]) => eb(column, '=', literal(text))),
    ]);

/** As kysely's `sql.lit` does it; that would load kysely wherever this package is imported. */
function literal(text: unknown): Expression<string> {
  const node: RawNode = { kind: 'RawNode', sqlFragments: [`'${text}'`], parameters: [] };
  return { expressionType: undefined, toOperationNode: () => node };
}

const matchesGiven = <Row, Key extends Column<Row>>(table: string, { key, having = {} }: Where<Row, Key>): string =>
  [
    ...key.map((column) => `${table}.${column} = given.${column}`),
    ...Object.entries(having).map(([column, text]) => `${table}.${column} = '${text}'`),
  ].join(' and ');
