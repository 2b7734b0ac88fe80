import type { Socket } from 'node:net';
import pg from 'pg';
import { BEGIN } from '../../../store/src/postgres-pool.ts';
import { book, CONNECTIONS, STATEMENTS, serveTransactions } from './transactions.ts';

const pool = new pg.Pool({
  connectionString: String(process.env.DATABASE_URL),
  max: CONNECTIONS,
  pipeline: true,
});

/** Lets queries that are sent together go in one write; `pg` writes each by itself, and has no option for that. */
function gatherWrites(client: pg.PoolClient): void {
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
  stream.cork();
  process.nextTick(() => stream.uncork());
}

const beforeQuery = process.env.WAY === 'gather' ? gatherWrites : () => {};

// As the store does: BEGIN goes with the first statement, and each statement is prepared by name.
await serveTransactions(async () => {
  const client = await pool.connect();
  beforeQuery(client);
  const begun = client.query(BEGIN);
  begun.catch(() => {});
  try {
    await book(async (name, values) => {
      beforeQuery(client);
      const { rowCount } = await client.query({ name, text: STATEMENTS[name], values });
      return rowCount ?? 0;
    });
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
});
