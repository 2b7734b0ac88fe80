import { type Connection, DataTypeOIDs, Pool, type PreparedStatement } from 'postgrejs';
import { BEGIN } from '../../../store/src/postgres-pool.ts';
import { book, CONNECTIONS, STATEMENTS, serveTransactions } from './transactions.ts';

// By default it sets a savepoint before each statement, in a round trip of its own.
const pool = new Pool({ host: String(process.env.DATABASE_URL), max: CONNECTIONS, rollbackOnError: false });

// It closes what `query` prepares, so each connection keeps statements that are prepared here; its pool lends it under new names.
const prepared = new Map<string, Promise<PreparedStatement>>();

function prepareOn(connection: Connection, name: keyof typeof STATEMENTS, values: Array<string | number>) {
  const id = `${connection.processID} ${name}`;
  const paramTypes = values.map((value) => (typeof value === 'number' ? DataTypeOIDs.int8 : DataTypeOIDs.text));
  const statement = prepared.get(id) ?? connection.prepare(STATEMENTS[name], { paramTypes });
  prepared.set(id, statement);
  return statement;
}

await serveTransactions(async () => {
  const connection = await pool.acquire();
  try {
    await connection.execute(BEGIN);
    await book(async (name, values) => {
      const statement = await prepareOn(connection, name, values);
      const { rows, rowsAffected } = await statement.execute({ params: values, objectRows: true });
      return rowsAffected ?? rows?.length ?? 0;
    });
    await connection.commit();
  } finally {
    // It rolls back what was not committed.
    await pool.release(connection);
  }
});
