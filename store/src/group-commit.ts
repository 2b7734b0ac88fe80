import type { DatabaseSync } from 'node:sqlite';
import type { Kysely } from 'kysely';
import { reasonOf } from './sqlite-failure.ts';

const MAX_BATCH = 256;
// Too short to be noticed; a busy service has a dozen transactions together by then.
const GATHER_MS = 2;
// In a savepoint SQLite copies each page that is written, which takes longer than most work. Where one transaction has
// failed, others soon will.
const AFTER_FAILURE = 8;

interface Job<Tables> {
  work: (tables: Kysely<Tables>) => Promise<unknown>;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

/** Ways of a store to begin and to end a batch. */
export interface BatchOptions {
  /** Begins a transaction on the connection. */
  begin: () => Promise<void>;
  /** Called after each, whether it was committed, rolled back, or could not begin. */
  ended?: () => void;
}

type Settle = () => void;

/**
 * Group commit: transactions that wait at the same time run one after the other and share one commit. Each is settled
 * after the commit that holds its work. Where one throws, all are rolled back and run again, each in its own savepoint, so
 * that it alone is undone.
 *
 * @param connection the one that writes
 * @param tables kysely over that connection
 * @returns `transaction`, and `idle`, which resolves when no transaction waits or runs
 */
export function createGroupCommit<Tables>(
  connection: DatabaseSync,
  tables: Kysely<Tables>,
  { begin, ended = () => {} }: BatchOptions,
) {
  const waiting: Job<Tables>[] = [];
  let flushing: Promise<void> | undefined;
  const runAll = createRunning(connection, tables);

  async function commitBatch(batch: readonly Job<Tables>[]): Promise<Settle[]> {
    try {
      await begin();
      const settlements = await runAll(batch, async () => {
        rollBack(connection);
        ended();
        await begin();
      });
      connection.exec('COMMIT');
      return settlements;
    } finally {
      try {
        rollBack(connection);
      } finally {
        ended();
      }
    }
  }

  async function settle(batch: readonly Job<Tables>[]): Promise<void> {
    const settlements = await commitBatch(batch).catch((error: unknown) => batch.map(rejection(error)));
    for (const settleOne of settlements) settleOne();
  }

  async function flush(): Promise<void> {
    while (waiting.length > 0) {
      await gather(waiting);
      await settle(waiting.splice(0, MAX_BATCH));
    }
    flushing = undefined;
  }

  return {
    transaction<Result>(work: (tables: Kysely<Tables>) => Promise<Result>): Promise<Result> {
      return new Promise<Result>((resolve, reject) => {
        waiting.push({ work, resolve: resolve as (value: unknown) => void, reject });
        flushing ??= flush();
      });
    },
    idle: async (): Promise<void> => flushing,
  };
}

/** @returns the function that runs the work of a batch in a transaction that has begun; it may have to begin another one */
function createRunning<Tables>(connection: DatabaseSync, tables: Kysely<Tables>) {
  let batchesInSavepoints = 0;

  const run = async ({ work, resolve }: Job<Tables>): Promise<Settle> => {
    const value = await work(tables);
    // Where there is no room, SQLite may have rolled all back by itself; what came next would be kept at once.
    if (!connection.isTransaction) throw new Error('the transaction was rolled back');
    return () => resolve(value);
  };

  async function runInSavepoint(job: Job<Tables>): Promise<Settle> {
    connection.exec('SAVEPOINT job');
    try {
      const settle = await run(job);
      connection.exec('RELEASE job');
      return settle;
    } catch (error) {
      // Where there is no room, SQLite may have rolled the whole batch back by itself.
      if (!connection.isTransaction) throw error;
      connection.exec('ROLLBACK TO job; RELEASE job');
      return rejection(error)(job);
    }
  }

  return async (batch: readonly Job<Tables>[], beginAgain: () => Promise<void>): Promise<Settle[]> => {
    const inSavepoints = () => inTurn(batch, runInSavepoint);
    if (batch.length > 1 && batchesInSavepoints > 0) {
      batchesInSavepoints -= 1;
      return inSavepoints();
    }
    try {
      return await inTurn(batch, run);
    } catch (error) {
      if (batch.length === 1) throw error;
    }
    batchesInSavepoints = AFTER_FAILURE;
    await beginAgain();
    return inSavepoints();
  };
}

/** Ends a transaction that has not been committed. */
function rollBack(connection: DatabaseSync): void {
  if (connection.isOpen && connection.isTransaction) connection.exec('ROLLBACK');
}

const rejection =
  (error: unknown) =>
  ({ reject }: Pick<Job<never>, 'reject'>) =>
  () =>
    reject(reasonOf(error));

async function inTurn<Job>(batch: readonly Job[], run: (job: Job) => Promise<Settle>): Promise<Settle[]> {
  const settlements: Settle[] = [];
  for (const job of batch) settlements.push(await run(job));
  return settlements;
}

/** Waits for as long as each turn of the event loop brings more transactions, which then share the commit. */
async function gather(waiting: readonly unknown[]): Promise<void> {
  const giveUpAt = performance.now() + GATHER_MS;
  for (let gathered = 0; gathered < waiting.length && performance.now() < giveUpAt; ) {
    gathered = waiting.length;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
