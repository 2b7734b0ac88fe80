import { type Kysely, sql } from 'kysely';
import type { Store } from '../src/store.ts';

/**
 * What a store's connections have prepared by name.
 *
 * @param store over PostgreSQL
 * @param connections how many its transactions may use at a time
 * @returns by each statement's first words, the tables that the server reads from end to end for it where it does not know its
 * values
 */
export async function preparedPlans<Tables>(
  store: Store<Tables>,
  connections = 9,
): Promise<Record<string, readonly string[]>> {
  const plans = new Map<string, string[]>();
  const allBegun = Promise.withResolvers<void>();
  let begun = 0;
  const readOne = async (tables: Kysely<Tables>) => {
    // However long the others take to connect.
    await sql`set local idle_in_transaction_session_timeout = 0`.execute(tables);
    const prepared = await sql<{ name: string; statement: string; parameters: number }>`
      select name, statement, cardinality(parameter_types) as parameters
      from pg_prepared_statements where not from_sql`.execute(tables);
    begun += 1;
    if (begun === connections) allBegun.resolve();
    await allBegun.promise;
    await sql`set local plan_cache_mode = force_generic_plan`.execute(tables);
    for (const { name, statement, parameters } of prepared.rows) {
      const plan = await explain(tables, name, parameters);
      const scanned = [...plan.matchAll(/"Seq Scan",.*?"Relation Name":"(\w+)"/g)].map(([, table = '']) => table);
      plans.set(statement.replaceAll(/[",]/g, '').split(' ', 4).join(' '), scanned);
    }
  };
  await Promise.all(Array.from({ length: connections }, () => store.transaction(readOne)));
  return Object.fromEntries(plans);
}

async function explain<Tables>(tables: Kysely<Tables>, name: string, parameters: number): Promise<string> {
  const nulls = Array.from({ length: parameters }, () => 'null').join(', ');
  const { rows } = await sql<{ 'QUERY PLAN': object }>`
    explain (format json) execute ${sql.id(name)} ${sql.raw(parameters > 0 ? `(${nulls})` : '')}`.execute(tables);
  return JSON.stringify(rows[0]?.['QUERY PLAN']);
}
