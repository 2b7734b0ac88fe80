import { createHash } from 'node:crypto';
import { Kysely, type QueryResult } from 'kysely';
import type pg from 'pg';
import { passExecutorBy } from './direct-queries.ts';
import { type Gathering, gatherOn } from './gathering.ts';
import { isConnectionFailure, isOfLentConnection, needsOtherConnection } from './postgres-failure.ts';
import { BEGIN, dialectOver } from './postgres-pool.ts';
import { CommitUnknown } from './postgres-retry.ts';

/** The number of a subject's advisory lock: `BEGIN` and the lock go in one round trip, which takes no parameters. */
const lockOf = (subject: string): bigint => createHash('sha256').update(subject).digest().readBigInt64BE();

/** Locks are taken in the order of their numbers, so that no two transactions wait for each other. */
function beginSql(subjects: readonly string[]): string {
  if (subjects.length === 0) return BEGIN;
  const locks = subjects.map(lockOf).toSorted((one, other) => (one < other ? -1 : 1));
  return `${BEGIN}; SELECT pg_advisory_xact_lock(lock) FROM unnest('{${locks}}'::bigint[]) AS lock`;
}

interface Connection<Tables> {
  readonly tables: Kysely<Tables>;
  readonly gathering: Gathering;
}

/** @returns the function that runs work in one transaction on a connection of the pool, once */
export function createTransactions<Tables>(pool: pg.Pool) {
  const connections = new WeakMap<pg.PoolClient, Connection<Tables>>();
  let arePrepared = true;

  function over(client: pg.PoolClient): Connection<Tables> {
    const known = connections.get(client);
    if (known) return known;
    const tables = new Kysely<Tables>({ dialect: dialectOver({ query: client.query.bind(client) }) });
    passExecutorBy(tables, (sql, parameters, name) => runOn(client, sql, parameters, arePrepared ? name : undefined));
    const connection = { tables, gathering: gatherOn(tables) };
    connections.set(client, connection);
    return connection;
  }

  return async <Result>(
    work: (tables: Kysely<Tables>) => Promise<Result>,
    subjects: readonly string[],
  ): Promise<Result> => {
    const client = await pool.connect();
    const { tables, gathering } = over(client);
    let broken: Error | undefined;
    // Sent together with the first query of the work, unless that has to wait for locks. Where it fails, so does the query.
    const begun = client.query(beginSql(subjects));
    begun.catch(() => {});
    try {
      if (subjects.length > 0) await begun;
      const result = await work(tables);
      // What the work did not wait for is part of the transaction all the same.
      gathering.send();
      await commit(client);
      return result;
    } catch (error) {
      const reason = await begun.then(
        () => error,
        (first: unknown) => first,
      );
      if (isOfLentConnection(reason)) arePrepared = false;
      gathering.send();
      broken = await rollBack(client, reason);
      throw reason;
    } finally {
      client.release(broken);
    }
  };
}

async function runOn(
  client: pg.PoolClient,
  text: string,
  parameters: readonly unknown[],
  name: string | undefined,
): Promise<QueryResult<never>> {
  const values = parameters as unknown[];
  const { rows, rowCount } = await (name ? client.query({ name, text, values }) : client.query(text, values));
  return { rows: rows as never[], numAffectedRows: BigInt(rowCount ?? 0) };
}

async function commit(client: pg.PoolClient): Promise<void> {
  let done: pg.QueryResult;
  try {
    done = await client.query('COMMIT');
  } catch (cause) {
    throw isConnectionFailure(cause) ? new CommitUnknown('the response to COMMIT was lost', { cause }) : cause;
  }
  // PostgreSQL rolls back at COMMIT where a statement had failed and the work went on regardless.
  if (done.command !== 'COMMIT') throw new Error('a statement of the transaction had failed');
}

/** @returns the error that makes the connection unfit for further use */
async function rollBack(client: pg.PoolClient, reason: unknown): Promise<Error | undefined> {
  if (reason instanceof CommitUnknown || needsOtherConnection(reason)) return reason as Error;
  return client.query('ROLLBACK').then(
    () => undefined,
    (error: Error) => error,
  );
}
