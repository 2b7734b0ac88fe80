import { PostgresDialect } from 'kysely';
import pg from 'pg';
import { CONNECT_MS, connectInTurn } from './postgres-client.ts';
import { readPostgresHosts } from './postgres-hosts.ts';
import { PATIENCE_MS } from './postgres-retry.ts';

// A server that does not respond within these is treated like one that is away; its own limits are the same ones, so that
// a process that is paused in the middle of a transaction delays no other for longer.
const STATEMENT_MS = 3_000;
// Less, so that the lock of a paused process is released before the statement that waits for it times out.
const IDLE_MS = 2_500;
const INT8 = 20;

const withNumbers: pg.CustomTypesConfig = {
  // Times and amounts are far below 2^53.
  getTypeParser: (oid, format) => (oid === INT8 ? Number : pg.types.getTypeParser(oid, format as 'text')),
};

/** The pools of one store. */
export interface PostgresPools {
  /** For transactions and reads. */
  readonly work: pg.Pool;
  /** For the question whether the server responds: a process whose connections are all at work is ready nonetheless. */
  readonly probe: pg.Pool;
  /** For migrations, which may take any time; two connections, because one holds a lock while the other builds indexes. */
  openUnbounded(): pg.Pool;
}

/**
 * @param url as the package `pg` takes it, or with several hosts
 * @param size the most connections of `work` and `probe` together, at least 2
 */
export function openPools(url: string, size: number): PostgresPools {
  const options = {
    connectionTimeoutMillis: PATIENCE_MS,
    keepAlive: true,
    types: withNumbers,
    // Queries are sent without waiting for the results of those before.
    pipeline: true,
    ...connectInTurn(readPostgresHosts(url)),
  };
  const query_timeout = STATEMENT_MS + 1_000;
  return {
    work: openPool({ ...options, query_timeout, max: Math.max(1, size - 1) }),
    probe: openPool({ ...options, query_timeout: CONNECT_MS, max: 1 }),
    openUnbounded: () => openPool({ ...options, max: 2 }),
  };
}

/**
 * Begins a transaction in which the server keeps to the timeouts. They are set for it alone: a pooler such as PgBouncer hands
 * a connection from one client to the next, and refuses settings that come as the connection is opened.
 */
export const BEGIN = `BEGIN ISOLATION LEVEL READ COMMITTED; \
SET LOCAL statement_timeout = ${STATEMENT_MS}; SET LOCAL idle_in_transaction_session_timeout = ${IDLE_MS}`;

function openPool(options: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool(options);
  // The pool has dropped a connection that breaks while idle; one in use tells by the query that fails.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

/** What kysely's dialect uses of a connection. */
export interface QueryOnly {
  query(sql: string, parameters: unknown[]): unknown;
}

/**
 * Kysely's dialect over connections which their owner begins, commits and gives back.
 *
 * @param client each query goes to it
 */
export function dialectOver(client: QueryOnly): PostgresDialect {
  const lent = { query: client.query, release: () => {} } as unknown as pg.PoolClient;
  return new PostgresDialect({ pool: { connect: async () => lent, end: async () => {} } as unknown as pg.Pool });
}
