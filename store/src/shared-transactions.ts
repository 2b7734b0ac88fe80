import type { Kysely } from 'kysely';
import { isConnectionFailure } from './postgres-failure.ts';
import { createSharing } from './sharing.ts';

type Work<Tables> = (tables: Kysely<Tables>) => Promise<unknown>;

/** Runs work in one transaction, under the locks of these subjects. */
export type RunTransaction<Tables> = <Result>(
  work: (tables: Kysely<Tables>) => Promise<Result>,
  subjects: readonly string[],
  repeatable: boolean,
) => Promise<Result>;

interface Job<Tables> {
  readonly work: Work<Tables>;
  readonly subject: string;
  readonly order: string;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

const MOST_TOGETHER = 32;

/**
 * Work that comes at the same time shares a transaction: it runs one after another, as work on SQLite does, and begins and
 * commits once. Where some of it throws, all is rolled back, that is run alone, and the rest again.
 *
 * @param repeatable of all the work that is given to it
 * @returns the function that runs work for a subject; `order` is where the rows are that it may have to wait for, beside
 * those of its subject: work runs in its order, so that no two transactions wait for each other
 */
export function createSharedTransactions<Tables>(run: RunTransaction<Tables>, repeatable: boolean) {
  const add = createSharing<Job<Tables>>({
    most: MOST_TOGETHER,
    // Another transaction would wait for the lock of the subject, with all that is in it.
    keyOf: ({ subject }) => subject,
    kindOf: () => 'work',
    async together(jobs, failed) {
      const inOrder = jobs.toSorted(({ order: one }, { order: other }) => (one < other ? -1 : Number(one > other)));
      const subjects = jobs.map(({ subject }) => subject);
      const results = await run((tables) => runEach(tables, inOrder, failed), subjects, repeatable);
      return [...results].map(
        ([job, result]) =>
          () =>
            job.resolve(result),
      );
    },
    alone: ({ work, subject, resolve, reject }) => run(work, [subject], repeatable).then(resolve, reject),
  });

  return <Result>(work: (tables: Kysely<Tables>) => Promise<Result>, subject: string, order: string) =>
    new Promise<Result>((resolve, reject) => {
      add({ work, subject, order, resolve: resolve as (value: unknown) => void, reject });
    });
}

/** Runs work one after another. What throws is in `failed` then, unless the connection is to blame. */
async function runEach<Tables>(tables: Kysely<Tables>, jobs: readonly Job<Tables>[], failed: Set<Job<Tables>>) {
  failed.clear();
  const results = new Map<Job<Tables>, unknown>();
  let failure: unknown;
  for (const job of jobs) {
    try {
      results.set(job, await job.work(tables));
    } catch (error) {
      if (isConnectionFailure(error)) throw error;
      failed.add(job);
      failure ??= error;
    }
  }
  if (failed.size > 0) throw failure;
  return results;
}
