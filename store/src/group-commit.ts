import type { DatabaseSync } from 'node:sqlite';
import type { Kysely } from 'kysely';
import { reasonOf } from './sqlite-failure.ts';

const MAX_BATCH = 256;
// Too short to be noticed; a busy service has a dozen transactions together by then.
const GATHER_MS = 2;

interface Job<Tables> {
  work: (tables: Kysely<Tables>) => Promise<unknown>;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

/** Ways of a store to begin and to end a batch. */
export interface BatchOptions {
  /** Begins a transaction on the connection. */
  begin: () => Promise<void>;
  /** Called after each batch, whether it was committed or rolled back. */
  ended?: () => void;
}

/**
 * Group commit: transactions that wait at the same time run one after the other, each in its own savepoint, and share one
 * commit. Each is settled after the commit that holds its work.
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

  async function runInSavepoint(job: Job<Tables>): Promise<() => void> {
    connection.exec('SAVEPOINT job');
    try {
      const value = await job.work(tables);
      connection.exec('RELEASE job');
      return () => job.resolve(value);
    } catch (error) {
      // Where there is no room, SQLite may have rolled the whole batch back by itself.
      if (!connection.isTransaction) throw error;
      connection.exec('ROLLBACK TO job; RELEASE job');
      return () => job.reject(reasonOf(error));
    }
  }

  async function commitBatch(batch: Job<Tables>[]): Promise<void> {
    const settlements: Array<() => void> = [];
    try {
      await begin();
      for (const job of batch) settlements.push(await runInSavepoint(job));
      connection.exec('COMMIT');
    } catch (error) {
      if (connection.isOpen && connection.isTransaction) connection.exec('ROLLBACK');
      settlements.splice(0, settlements.length, ...batch.map((job) => () => job.reject(reasonOf(error))));
    }
    ended();
    for (const settle of settlements) settle();
  }

  async function flush(): Promise<void> {
    while (waiting.length > 0) {
      await gather(waiting);
      await commitBatch(waiting.splice(0, MAX_BATCH));
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

/** Waits for as long as each turn of the event loop brings more transactions, which then share the commit. */
async function gather(waiting: readonly unknown[]): Promise<void> {
  const giveUpAt = performance.now() + GATHER_MS;
  for (let gathered = 0; gathered < waiting.length && performance.now() < giveUpAt; ) {
    gathered = waiting.length;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
