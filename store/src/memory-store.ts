import { DatabaseSync } from 'node:sqlite';
import { type DatabaseConnection, SqliteAdapter, type SqliteDatabase, SqliteDialect, SqliteDriver, sql } from 'kysely';
import { createGroupCommit } from './group-commit.ts';
import { kyselyOver } from './sqlite-kysely.ts';
import type { Store } from './store.ts';
import { StoreUnavailable } from './store-errors.ts';
import { createTurns, type EndTurn } from './turns.ts';

// As long as an SQLite file that another process holds is waited for.
const PATIENCE_MS = 3_000;

/**
 * Opens an SQLite database in memory, with transactions as in a file. There is one connection, because connections that
 * share a database in memory lock its tables against readers: reads wait for the transactions that are open, so that they
 * never see what is not committed. A read that is awaited inside of a transaction's work is rejected with
 * StoreUnavailable after 3 s.
 */
export function openMemoryStore<Tables>(): Store<Tables> {
  const connection = new DatabaseSync(':memory:');
  connection.exec('PRAGMA foreign_keys = ON');
  const takeTurn = createTurns(PATIENCE_MS);
  const read = kyselyOver<Tables>(connection, (database) => new ReadingDialect(database, connection, takeTurn));
  let endTurn: EndTurn = () => {};
  const { transaction, idle } = createGroupCommit(connection, kyselyOver<Tables>(connection), {
    begin: async () => {
      endTurn = () => {};
      try {
        endTurn = await takeTurn();
        connection.exec('BEGIN IMMEDIATE');
      } catch (error) {
        throw new StoreUnavailable(error);
      }
    },
    ended: () => endTurn(),
  });
  return {
    read,
    shared: false,
    transaction,
    clock: async () => Date.now(),
    ping: async () => {
      await sql`select 1`.execute(read);
    },
    scrub: async () => {},
    close: async () => {
      await idle();
      connection.close();
    },
  };
}

type TakeTurn = () => Promise<EndTurn>;

/** Reads in turns on a connection that others use as well, and keeps readers from writing. */
class ReadingDriver extends SqliteDriver {
  readonly #connection: DatabaseSync;
  readonly #takeTurn: TakeTurn;
  #endTurn: EndTurn = () => {};

  constructor(database: SqliteDatabase, connection: DatabaseSync, takeTurn: TakeTurn) {
    super({ database });
    this.#connection = connection;
    this.#takeTurn = takeTurn;
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    const endTurn = await this.#takeTurn().catch((error) => {
      throw new StoreUnavailable(error);
    });
    try {
      this.#connection.exec('PRAGMA query_only = ON');
    } catch (error) {
      endTurn();
      throw error;
    }
    this.#endTurn = endTurn;
    return super.acquireConnection();
  }

  override async releaseConnection(): Promise<void> {
    if (this.#connection.isOpen) this.#connection.exec('PRAGMA query_only = OFF');
    this.#endTurn();
  }
}

/** Kysely's own order of turns for a single connection has no limit of time, and does not know the transactions. */
class AdapterWithoutTurns extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

class ReadingDialect extends SqliteDialect {
  readonly #createDriver: () => SqliteDriver;

  constructor(database: SqliteDatabase, connection: DatabaseSync, takeTurn: TakeTurn) {
    super({ database });
    this.#createDriver = () => new ReadingDriver(database, connection, takeTurn);
  }

  override createDriver(): SqliteDriver {
    return this.#createDriver();
  }

  override createAdapter(): SqliteAdapter {
    return new AdapterWithoutTurns();
  }
}
