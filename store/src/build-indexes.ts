import { setTimeout as delay } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import { indexesOf, type Migration } from './migration.ts';

const LOOK_AGAIN_MS = 500;
// With the schema's own number, the name of the lock among the database's advisory locks.
const BUILDING = 0x1d_e7;

/**
 * Builds the indexes that are not there, one after the other, while the tables are read and written. Of several processes
 * one builds. What was cut off half way is built anew.
 *
 * @param tables outside of a transaction
 */
export async function buildIndexes(tables: Kysely<unknown>, migrations: Record<string, Migration>): Promise<void> {
  const indexes = indexesOf(migrations, tables.schema);
  const missing = async (using: Kysely<unknown>) => {
    const valid = await findValid(using);
    return [...indexes].filter(([name]) => !valid.has(name));
  };
  if ((await missing(tables)).length === 0) return;
  await inTurn(tables, async () => {
    for (const [name, index] of await missing(tables)) {
      await sql`drop index concurrently if exists ${sql.id(name)}`.execute(tables);
      await sql
        .raw(index.compile().sql.replace(/^create (unique )?index( if not exists)?/, 'create $1index concurrently'))
        .execute(tables);
    }
  });
}

async function findValid(tables: Kysely<unknown>): Promise<Set<string>> {
  const { rows } = await sql<{ name: string }>`
    select relname as name from pg_index join pg_class on pg_class.oid = indexrelid
    where indisvalid and relnamespace = current_schema()::regnamespace`.execute(tables);
  return new Set(rows.map(({ name }) => name));
}

/**
 * Holds the lock in a transaction of its own, which needs no connection to be kept beyond it. Asks again and again, each
 * time anew, because the one that builds waits for every transaction with a statement under way.
 */
async function inTurn(tables: Kysely<unknown>, work: () => Promise<void>): Promise<void> {
  const ask = sql<{ taken: boolean }>`
    select pg_try_advisory_xact_lock(${sql.lit(BUILDING)}, hashtext(current_schema())) as taken`;
  const workIfTaken = async (holder: Kysely<unknown>): Promise<boolean> => {
    // It idles while indexes are built, and a database may have a limit for that.
    await sql`set local idle_in_transaction_session_timeout = 0`.execute(holder);
    const isTaken = (await ask.execute(holder)).rows[0]?.taken === true;
    if (isTaken) await work();
    return isTaken;
  };
  while (!(await tables.transaction().execute(workIfTaken))) await delay(LOOK_AGAIN_MS);
}
