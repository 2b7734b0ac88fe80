import { openStoreRows, type StoreRows } from './store-rows.ts';

/**
 * Writes a store down as SQL that makes it anew in an empty one: tables, rows in the order of their first column, where
 * growing keys go on, indexes. What a tool of the database's own would write is the same and longer.
 *
 * @param url `sqlite:` and a file's path, or `postgres://…`; no service may be using the store
 */
export async function dumpStore(url: string): Promise<string> {
  await using rows = await openStoreRows(url);
  const statements = await (url.startsWith('sqlite:') ? dumpSqlite(rows) : dumpPostgres(rows));
  return `${statements.map((statement) => `${statement};`).join('\n')}\n`;
}

// SQLite makes the tables and indexes of its own by itself.
const SQLITE_SCHEMA = `select name, type, sql from sqlite_master where name not like 'sqlite_%' order by rowid`;

async function dumpSqlite(rows: StoreRows): Promise<string[]> {
  const schema = await rows.select<{ name: string; type: string; sql: string }>(SQLITE_SCHEMA);
  const statements = ['BEGIN'];
  for (const { name, sql } of schema.filter(({ type }) => type === 'table')) {
    const columns = await rows.select<{ name: string }>(`select name from pragma_table_info('${name}')`);
    const dumped = { table: name, into: `"${name}"`, columns: columns.map((column) => column.name) };
    statements.push(sql, ...(await dumpRows(rows, { ...dumped, literal: (column) => `quote("${column}")` })));
  }
  const sequences = await rows
    .select<{ name: string; seq: number }>('select name, seq from sqlite_sequence order by name')
    .catch(() => []);
  if (sequences.length > 0) statements.push('DELETE FROM sqlite_sequence');
  for (const { name, seq } of sequences) statements.push(`INSERT INTO sqlite_sequence VALUES ('${name}', ${seq})`);
  statements.push(...schema.filter(({ type }) => type === 'index').map(({ sql }) => sql));
  return [...statements, 'COMMIT'];
}

const POSTGRES_TABLES = `
  select relname as name from pg_class
  where relkind = 'r' and relnamespace = current_schema()::regnamespace order by oid`;

const columnsOf = (table: string) => `
  select attname as name, attidentity as identity, typcategory = 'N' as "isNumber",
    format_type(atttypid, atttypmod) || case when attnotnull then ' not null' else '' end
      || case attidentity when 'a' then ' generated always as identity' else '' end
      || coalesce(' default ' || pg_get_expr(adbin, adrelid), '') as type
  from pg_attribute
  join pg_type on pg_type.oid = atttypid
  left join pg_attrdef on adrelid = attrelid and adnum = attnum
  where attrelid = '"${table}"'::regclass and attnum > 0 and not attisdropped order by attnum`;

// A column says by itself that it is not null.
const constraintsOf = (table: string) => `
  select format('constraint %I %s', conname, pg_get_constraintdef(oid, true)) as definition from pg_constraint
  where conrelid = '"${table}"'::regclass and contype <> 'n' order by conname`;

const indexesOf = (table: string) => `
  select pg_get_indexdef(indexrelid, 0, true) as definition from pg_index
  where indrelid = '"${table}"'::regclass and not exists (select from pg_constraint where conindid = indexrelid)
  order by indexrelid`;

interface PostgresColumn {
  name: string;
  type: string;
  identity: string;
  isNumber: boolean;
}

async function dumpPostgres(rows: StoreRows): Promise<string[]> {
  const statements: string[] = [];
  for (const { name: table } of await rows.select<{ name: string }>(POSTGRES_TABLES)) {
    const columns = (await rows.select(columnsOf(table))) as unknown as PostgresColumn[];
    const constraints = await rows.select<{ definition: string }>(constraintsOf(table));
    const lines = [
      ...columns.map(({ name, type }) => `"${name}" ${type}`),
      ...constraints.map((one) => one.definition),
    ];
    statements.push(`CREATE TABLE "${table}" (\n  ${lines.join(',\n  ')}\n)`);
    const numbers = new Set(columns.filter(({ isNumber }) => isNumber).map(({ name }) => name));
    const literal = (column: string) =>
      numbers.has(column) ? `coalesce("${column}"::text, 'NULL')` : `quote_nullable("${column}")`;
    const growing = columns.find(({ identity }) => identity !== '');
    const into = growing ? `"${table}" OVERRIDING SYSTEM VALUE` : `"${table}"`;
    const names = columns.map(({ name }) => name);
    statements.push(...(await dumpRows(rows, { table, into, columns: names, literal })));
    if (growing) statements.push(await dumpSequence(rows, table, growing.name));
    const indexes = await rows.select<{ definition: string }>(indexesOf(table));
    statements.push(...indexes.map(({ definition }) => definition));
  }
  return statements;
}

async function dumpSequence(rows: StoreRows, table: string, column: string): Promise<string> {
  const sequence = `pg_get_serial_sequence('${table}', '${column}')`;
  const [last] = await rows.select<{ value: number }>(`select pg_sequence_last_value(${sequence}) as value`);
  return `SELECT setval(${sequence}, ${last?.value})`;
}

interface DumpedTable {
  table: string;
  /** What follows `INSERT INTO`. */
  into: string;
  columns: string[];
  /** SQL for a column's value as a literal. */
  literal: (column: string) => string;
}

async function dumpRows(rows: StoreRows, { table, into, columns, literal }: DumpedTable): Promise<string[]> {
  const values = columns.map(literal).join(` || ', ' || `);
  const texts = await rows.select<{ text: string }>(
    `select ${values} as text from "${table}" order by "${columns[0]}"`,
  );
  return texts.map(({ text }) => `INSERT INTO ${into} VALUES (${text})`);
}
