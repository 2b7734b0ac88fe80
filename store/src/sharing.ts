import { StoreUnavailable } from './store-errors.ts';

/** Somebody waits for its transaction. */
export interface Waiting {
  reject(error: unknown): void;
}

/** How jobs share transactions. */
export interface SharingOptions<Job extends Waiting> {
  /** How many go into one transaction at most. */
  most: number;
  /** Of the jobs with the same key one is under way at a time. */
  keyOf(job: Job): string;
  /** Only jobs of the same kind go together. */
  kindOf(job: Job): unknown;
  /**
   * Does several jobs in one transaction.
   *
   * @param failed where it rejects because of some of them, those, and then nothing of any is kept
   * @returns what tells those who wait, once the transaction is committed
   */
  together(jobs: readonly Job[], failed: Set<Job>): Promise<ReadonlyArray<() => void>>;
  /** Does one job in a transaction of its own, and tells who waits. */
  alone(job: Job): Promise<void>;
}

// While these are under way, further jobs gather for the next one.
const TRANSACTIONS = 2;

/**
 * Jobs that come at the same time share a transaction. Where some of them fail, those are done alone, and the others together
 * again.
 *
 * @returns the function that adds a job
 */
export function createSharing<Job extends Waiting>(options: SharingOptions<Job>): (job: Job) => void {
  const { most, keyOf, kindOf, together, alone } = options;
  const waiting: Job[] = [];
  const held = new Set<string>();
  let open = 0;
  let isScheduled = false;

  /** Takes what may go together out of the queue. */
  function take(): Job[] {
    const taken: Job[] = [];
    const left: Job[] = [];
    for (const job of waiting) {
      const [first = job] = taken;
      const fits = taken.length < most && !held.has(keyOf(job)) && kindOf(job) === kindOf(first);
      (fits ? taken : left).push(job);
      if (fits) held.add(keyOf(job));
    }
    waiting.splice(0, waiting.length, ...left);
    return taken;
  }

  function begin(): void {
    while (open < TRANSACTIONS) {
      const jobs = take();
      if (jobs.length === 0) return;
      open += 1;
      void doTogether(jobs).finally(() => {
        open -= 1;
        for (const job of jobs) held.delete(keyOf(job));
        begin();
      });
    }
  }

  async function doTogether(jobs: readonly Job[]): Promise<void> {
    const failed = new Set<Job>();
    try {
      if (jobs.length > 1) for (const tell of await together(jobs, failed)) tell();
      else await Promise.all(jobs.map(alone));
    } catch (error) {
      if (error instanceof StoreUnavailable) {
        for (const { reject } of jobs) reject(error);
        return;
      }
      // A statement or a commit that fails does not say because of which.
      const apart = new Set(failed.size > 0 ? failed : jobs);
      await Promise.all([...apart].map(alone));
      const rest = jobs.filter((job) => !apart.has(job));
      if (rest.length > 0) await doTogether(rest);
    }
  }

  return (job) => {
    waiting.push(job);
    if (isScheduled) return;
    isScheduled = true;
    // What comes in the same turn of the event loop goes along.
    setImmediate(() => {
      isScheduled = false;
      begin();
    });
  };
}
