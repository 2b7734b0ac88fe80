import type { ColumnDefinitionBuilder, Kysely } from 'kysely';

/**
 * The column type of a primary key that increases by itself, for migrations that run on every kind of store.
 *
 * @param db the parameter of the migration
 * @returns the column's type and the callback for `addColumn`
 */
export function growingKey(db: Kysely<unknown>) {
  const postgres = isPostgres(db);
  return {
    type: postgres ? ('bigint' as const) : ('integer' as const),
    column: (column: ColumnDefinitionBuilder) =>
      postgres ? column.primaryKey().generatedAlwaysAsIdentity() : column.primaryKey().autoIncrement(),
  };
}

/** Makes `first` the first key of an empty table; for migrations. */
export async function startKeysAt(db: Kysely<unknown>, table: string, column: string, first: number): Promise<void> {
  const { sql } = await import('kysely');
  if (isPostgres(db)) {
    await sql`alter table ${sql.table(table)} alter column ${sql.ref(column)} restart with ${sql.lit(first)}`.execute(
      db,
    );
  } else {
    await sql`insert into sqlite_sequence (name, seq) values (${table}, ${first - 1})`.execute(db);
  }
}

/** Of the kinds of store, kysely has transactional DDL on PostgreSQL alone; its class would have to be loaded to compare. */
const isPostgres = (db: Kysely<unknown>): boolean => db.getExecutor().adapter.supportsTransactionalDdl === true;
