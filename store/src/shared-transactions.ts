import type { Kysely } from 'kysely';
import { isConnectionFailure } from './postgres-failure.ts';
import { StoreUnavailable } from './store-errors.ts';

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

// While these are under way, further work gathers for the next one.
const TRANSACTIONS = 2;
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
  const waiting: Job<Tables>[] = [];
  // Of the transactions under way: another one would wait for their locks, with all that is in it.
  const held = new Set<string>();
  let open = 0;

  function begin(): void {
    while (open < TRANSACTIONS) {
      const jobs = takeOneOfEachSubject(waiting, held);
      if (jobs.length === 0) return;
      open += 1;
      for (const { subject } of jobs) held.add(subject);
      void runJobs(jobs).finally(() => {
        open -= 1;
        for (const { subject } of jobs) held.delete(subject);
        begin();
      });
    }
  }

  const runAlone = (jobs: readonly Job<Tables>[]) =>
    Promise.all(
      jobs.map(({ work, subject, resolve, reject }) => run(work, [subject], repeatable).then(resolve, reject)),
    );

  async function runJobs(jobs: readonly Job<Tables>[]): Promise<void> {
    if (jobs.length === 1) return void (await runAlone(jobs));
    const failed = new Set<Job<Tables>>();
    try {
      const inOrder = jobs.toSorted(({ order: one }, { order: other }) => (one < other ? -1 : Number(one > other)));
      const subjects = jobs.map(({ subject }) => subject);
      const results = await run((tables) => runEach(tables, inOrder, failed), subjects, repeatable);
      for (const [job, result] of results) job.resolve(result);
    } catch (error) {
      if (error instanceof StoreUnavailable) {
        for (const { reject } of jobs) reject(error);
        return;
      }
      // A commit that fails does not say because of which.
      const apart = failed.size > 0 ? failed : new Set(jobs);
      await runAlone([...apart]);
      const left = jobs.filter((job) => !apart.has(job));
      if (left.length > 0) await runJobs(left);
    }
  }

  return <Result>(work: (tables: Kysely<Tables>) => Promise<Result>, subject: string, order: string) =>
    new Promise<Result>((resolve, reject) => {
      waiting.push({ work, subject, order, resolve: resolve as (value: unknown) => void, reject });
      // What comes in the same turn of the event loop goes along.
      if (waiting.length === 1) setImmediate(begin);
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

/** Takes the first work of each subject that is not held out of a queue. */
function takeOneOfEachSubject<Tables>(waiting: Job<Tables>[], held: ReadonlySet<string>): Job<Tables>[] {
  const taken = new Map<string, Job<Tables>>();
  for (const job of waiting) {
    const isFree = !held.has(job.subject) && !taken.has(job.subject);
    if (isFree && taken.size < MOST_TOGETHER) taken.set(job.subject, job);
  }
  const left = waiting.filter((job) => taken.get(job.subject) !== job);
  waiting.splice(0, waiting.length, ...left);
  return [...taken.values()];
}
