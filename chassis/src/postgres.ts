import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { TransactionOptions } from './database.ts';
import { isConnectionFailure, isOutOfTime, isTrouble } from './postgres-failure.ts';
import { Problem } from './problem.ts';
import { storeUnavailable } from './store-unavailable.ts';

// A server that does not answer within these is treated like one that is away; its own limits are the same ones, so that
// a process that is paused in the middle of a transaction holds nobody up for longer.
const STATEMENT_MS = 3_000;
// How long a restart of the server may take, or the wait for a free connection, without anyone being told.
const PATIENCE_MS = 4_000;
const RETRY_MS = 50;
// A server that was taken off its network does not even refuse: another attempt must come while there is patience left.
const CONNECT_MS = 1_000;
// Whoever asks for readiness waits for a second or two.
const PING_MS = 500;
const INT8 = 20;

/** Thrown when the connection broke while it committed: nobody knows whether it did. */
class CommitUnknown extends Error {
  override name = 'CommitUnknown';
}

/** Repeats what a failing connection cut off, for as long as a restart of the server takes. */
async function persist<Result>(
  work: () => Promise<Result>,
  mayRepeat: (error: unknown) => boolean = isConnectionFailure,
): Promise<Result> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isConnectionFailure(error) && !(error instanceof CommitUnknown)) {
        throw isTrouble(error) ? storeUnavailable(error) : error;
      }
      if (!mayRepeat(error) || isOutOfTime(error) || performance.now() > giveUpAt) throw storeUnavailable(error);
      await delay(RETRY_MS);
    }
  }
}

/** The number that PostgreSQL knows a subject by: `BEGIN` and the lock go in one round trip, which takes no parameters. */
const lockOf = (subject: string): bigint => createHash('sha256').update(subject).digest().readBigInt64BE();

const BEGIN = 'BEGIN ISOLATION LEVEL READ COMMITTED';

function beginSql(subject: string | undefined): string {
  return subject === undefined ? BEGIN : `${BEGIN}; SELECT pg_advisory_xact_lock(${lockOf(subject)})`;
}

const withNumbers: pg.CustomTypesConfig = {
  // What is kept in them, times and amounts, is far below 2^53.
  getTypeParser: (oid, format) => (oid === INT8 ? Number : pg.types.getTypeParser(oid, format as 'text')),
};

/**
 * One PostgreSQL database over a bounded pool. A connection that breaks is replaced and what it cut off is repeated for a
 * few seconds, except for a commit whose answer was lost.
 *
 * Transactions run at READ COMMITTED. Those with the same subject run one after another, under an advisory lock that ends
 * with them; what else must not be done twice is guarded by a condition in the statement that does it.
 *
 * @param url as the package `pg` takes one
 * @param poolSize the most connections that are open at a time
 */
export function openPostgres<Tables>(url: string, poolSize: number) {
  const connection = {
    connectionString: url,
    connectionTimeoutMillis: PATIENCE_MS,
    keepAlive: true,
    types: withNumbers,
  };
  const bounded = {
    ...connection,
    statement_timeout: STATEMENT_MS,
    query_timeout: STATEMENT_MS + 1_000,
    idle_in_transaction_session_timeout: STATEMENT_MS,
  };
  // Whether the server answers is asked on a connection of its own: a replica that is busy is not one to be taken away.
  const pool = openPool({ ...bounded, max: Math.max(1, poolSize - 1) });
  const probe = openPool({ ...bounded, query_timeout: CONNECT_MS, max: 1 });
  let asking: Promise<void> | undefined;
  let answeredAt = Number.NEGATIVE_INFINITY;

  /** Asks whether the server answers and takes writes. */
  async function ask(): Promise<void> {
    const client = await probe.connect();
    let broken: Error | undefined;
    try {
      const { rows } = await client.query(`select current_setting('transaction_read_only') as read_only`);
      if (rows[0].read_only === 'on') throw new Error('the server takes no writes');
      answeredAt = performance.now();
    } catch (error) {
      broken = error as Error;
      throw error;
    } finally {
      client.release(broken);
    }
  }

  const kyselys = new WeakMap<pg.PoolClient, Kysely<Tables>>();

  /** Kysely on one connection of the pool, which it leaves to us to begin, commit and give back. */
  function kyselyOn(client: pg.PoolClient): Kysely<Tables> {
    const known = kyselys.get(client);
    if (known) return known;
    const lent = { query: client.query.bind(client), release: () => {} } as pg.PoolClient;
    const kysely = new Kysely<Tables>({ dialect: dialectOver(async () => lent) });
    kyselys.set(client, kysely);
    return kysely;
  }

  // Every query on whatever connection is free, so that one which breaks can be repeated on another.
  const free = {
    query: (sql: string, parameters: unknown[]) => persist(() => pool.query(sql, parameters)),
    release: () => {},
  };

  async function once<Result>(
    work: (tables: Kysely<Tables>) => Promise<Result>,
    { subject }: TransactionOptions,
  ): Promise<Result> {
    const client = await pool.connect();
    let broken: Error | undefined;
    try {
      await client.query(beginSql(subject));
      const result = await work(kyselyOn(client));
      await commit(client);
      return result;
    } catch (error) {
      broken = await rollBack(client, error);
      throw error;
    } finally {
      client.release(broken);
    }
  }

  return {
    read: new Kysely<Tables>({ dialect: dialectOver(async () => free as unknown as pg.PoolClient) }),
    shared: true,
    transaction<Result>(
      work: (tables: Kysely<Tables>) => Promise<Result>,
      options: TransactionOptions = {},
    ): Promise<Result> {
      return persist(
        () => once(work, options),
        (error) => options.repeatable === true || !(error instanceof CommitUnknown),
      );
    },
    /** Runs what brings the schema up to date, which may take its time; kysely sees to it that one process at a time does. */
    async migrating(work: (tables: Kysely<Tables>) => Promise<void>): Promise<void> {
      const tables = new Kysely<Tables>({
        dialect: new PostgresDialect({ pool: openPool({ ...connection, max: 1 }) }),
      });
      await persist(() => work(tables)).finally(() => tables.destroy());
    },
    async ping(): Promise<void> {
      asking ??= ask().finally(() => {
        asking = undefined;
      });
      try {
        await within(PING_MS, asking);
      } catch (error) {
        // What is waited for by every transaction is no reason to take all replicas away at once.
        if (performance.now() - answeredAt > PATIENCE_MS) throw storeUnavailable(error);
      }
    },
    async close(): Promise<void> {
      await Promise.all([pool.end(), probe.end()]);
    },
  };
}

/** The pool's own time-out is for the wait for a connection, which may be a free one. */
class Client extends pg.Client {
  constructor(options: pg.ClientConfig) {
    super({ ...options, connectionTimeoutMillis: CONNECT_MS });
  }
}

function openPool(options: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool({ ...options, Client: Client as unknown as new () => pg.Client });
  // A connection that breaks while idle is no news, the pool has dropped it; one in use tells by the query that fails.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

/** @throws an error where the work takes longer */
async function within(ms: number, work: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${ms} ms`)), ms);
  await Promise.race([work, late.promise]).finally(() => clearTimeout(timer));
}

function dialectOver(connect: () => Promise<pg.PoolClient>): PostgresDialect {
  return new PostgresDialect({ pool: { connect, end: async () => {} } as unknown as pg.Pool });
}

async function commit(client: pg.PoolClient): Promise<void> {
  let done: pg.QueryResult;
  try {
    done = await client.query('COMMIT');
  } catch (cause) {
    throw isConnectionFailure(cause) ? new CommitUnknown('the answer to COMMIT was lost', { cause }) : cause;
  }
  // PostgreSQL's answer where a statement had failed and the work went on regardless.
  if (done.command !== 'COMMIT') throw new Error('a statement of the transaction had failed');
}

/** @returns what makes the connection one to throw away */
async function rollBack(client: pg.PoolClient, reason: unknown): Promise<Error | undefined> {
  if (!(reason instanceof Problem) && (reason instanceof CommitUnknown || isConnectionFailure(reason))) {
    return reason as Error;
  }
  return client.query('ROLLBACK').then(
    () => undefined,
    (error: Error) => error,
  );
}
