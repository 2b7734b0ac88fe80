import type { Kysely, QueryResult } from 'kysely';

/**
 * Runs compiled SQL on the connection that a kysely is over.
 *
 * @param name under which a server may keep the statement, parsed and planned, as long as the connection lasts
 */
export type RunSql = (
  sql: string,
  parameters: readonly unknown[],
  name?: string,
) => QueryResult<never> | Promise<QueryResult<never>>;

// biome-ignore lint/suspicious/noExplicitAny: whatever its tables.
const runs = new WeakMap<Kysely<any>, RunSql>();

/**
 * Lets prepared queries pass kysely's executor by: it borrows a connection and transforms queries and results for each run,
 * in eight promises, where the connection is known and nothing is transformed.
 *
 * @param run runs SQL on the connection of this kysely, which nobody else uses meanwhile
 */
export function passExecutorBy<Tables>(tables: Kysely<Tables>, run: RunSql): Kysely<Tables> {
  runs.set(tables, run);
  return tables;
}

/** @returns undefined for a kysely whose queries go through its executor */
export const directRunOf = <Tables>(tables: Kysely<Tables>): RunSql | undefined => runs.get(tables);
