import type { Kysely } from 'kysely';
import { isConnectionFailure, isOfFailedTransaction, isStaleStatement } from './postgres-failure.ts';
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
  readonly locks: readonly string[];
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

const MOST_TOGETHER = 32;

/**
 * Work that comes at the same time shares a transaction: it begins and commits once, and what each of them asks goes in one
 * round trip. Where some of it throws, all is rolled back, that is run alone, and the rest again.
 *
 * @param repeatable of all the work that is given to it
 * @returns the function that runs work for a subject; `locks` name what else it may have to wait for
 */
export function createSharedTransactions<Tables>(run: RunTransaction<Tables>, repeatable: boolean) {
  const lockedBy = ({ subject, locks }: Job<Tables>) => [subject, ...locks];
  const add = createSharing<Job<Tables>>({
    most: MOST_TOGETHER,
    // Another transaction would wait for the lock of the subject, with all that is in it.
    keyOf: ({ subject }) => subject,
    kindOf: () => 'work',
    async together(jobs, failed) {
      const subjects = new Set(jobs.flatMap(lockedBy));
      const results = await run((tables) => runEach(tables, jobs, failed), [...subjects], repeatable);
      return jobs.map((job, index) => () => job.resolve(results[index]));
    },
    alone: (job) => run(job.work, lockedBy(job), repeatable).then(job.resolve, job.reject),
  });

  return <Result>(work: (tables: Kysely<Tables>) => Promise<Result>, subject: string, locks: readonly string[]) =>
    new Promise<Result>((resolve, reject) => {
      add({ work, subject, locks, resolve: resolve as (value: unknown) => void, reject });
    });
}

/** Runs work side by side. What throws is in `failed` then, unless the connection is to blame. @throws what came first */
async function runEach<Tables>(tables: Kysely<Tables>, jobs: readonly Job<Tables>[], failed: Set<Job<Tables>>) {
  failed.clear();
  const errors: unknown[] = [];
  const outcomes = await Promise.allSettled(
    jobs.map(async ({ work }) => {
      try {
        return await work(tables);
      } catch (error) {
        errors.push(error);
        throw error;
      }
    }),
  );
  const broken = errors.find(isConnectionFailure);
  if (broken) throw broken;
  // Behind another error it only means that its preparation was cut off with the transaction.
  if (isStaleStatement(errors[0])) throw errors[0];
  for (const [index, job] of jobs.entries()) {
    const outcome = outcomes[index];
    // Once a statement has failed, so do those of all others.
    if (outcome?.status === 'rejected' && !isOfFailedTransaction(outcome.reason)) failed.add(job);
  }
  if (errors.length > 0) throw errors[0];
  return outcomes.map((outcome) => (outcome as PromiseFulfilledResult<unknown>).value);
}
