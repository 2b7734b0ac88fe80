import postgres from 'postgres';
import { BEGIN } from '../../../store/src/postgres-pool.ts';
import { book, CONNECTIONS, type RunStatement, STATEMENTS, serveTransactions } from './transactions.ts';

const sql = postgres(String(process.env.DATABASE_URL), { max: CONNECTIONS, onnotice: () => {} });

// With `prepare` it names the statement itself. Of queries that are not awaited it sends one after the other at once.
const runOn =
  (connection: Pick<postgres.Sql, 'unsafe'>): RunStatement =>
  async (name, values) =>
    (await connection.unsafe(STATEMENTS[name], values, { prepare: true })).count;

/** Its own way. It waits for BEGIN, which takes no settings, so these go with the first statement. */
const byBegin = () =>
  sql.begin('isolation level read committed', async (connection) => {
    const settings = connection.unsafe(BEGIN.slice(BEGIN.indexOf(';') + 1)).execute();
    settings.catch(() => {});
    await book(runOn(connection));
  });

/** BEGIN goes with the first statement, as with `pg`. */
async function byReserve(): Promise<void> {
  const connection = await sql.reserve();
  try {
    const begun = connection.unsafe(BEGIN).execute();
    begun.catch(() => {});
    await book(runOn(connection));
    await connection.unsafe('COMMIT');
  } catch (error) {
    await connection.unsafe('ROLLBACK');
    throw error;
  } finally {
    connection.release();
  }
}

await serveTransactions(process.env.WAY === 'reserve' ? byReserve : byBegin);
