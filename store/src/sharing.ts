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

// As many at most. One at a time is the fastest: while it is under way, further jobs gather for the next one.
const TRANSACTIONS = 2;
// One that takes longer waits for a lock that another process has: another begins beside it.
const SLOW_MS = 50;

/**
 * Jobs that come at the same time share a transaction. Where some of them fail, those are done alone, and the others together
 * again.
 *
 * @returns the function that adds a job
 */
export function createSharing<Job extends Waiting>(options: SharingOptions<Job>): (job: Job) => void {
  const sharing = new Sharing(options);
  return (job) => sharing.add(job);
}

class Sharing<Job extends Waiting> {
  readonly #options: SharingOptions<Job>;
  readonly #held = new Set<string>();
  #waiting: Job[] = [];
  #open = 0;
  #slow = 0;
  #isScheduled = false;

  constructor(options: SharingOptions<Job>) {
    this.#options = options;
  }

  add(job: Job): void {
    this.#waiting.push(job);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    // What comes in the same turn of the event loop goes along.
    setImmediate(() => {
      this.#isScheduled = false;
      this.#begin();
    });
  }

  #begin(): void {
    while (this.#open === this.#slow && this.#open < TRANSACTIONS) {
      const jobs = this.#take();
      if (jobs.length === 0) return;
      void this.#run(jobs);
    }
  }

  /** Takes what may go together out of the queue. */
  #take(): Job[] {
    const { most, keyOf, kindOf } = this.#options;
    const taken: Job[] = [];
    const left: Job[] = [];
    for (const job of this.#waiting) {
      const [first = job] = taken;
      const fits = taken.length < most && !this.#held.has(keyOf(job)) && kindOf(job) === kindOf(first);
      (fits ? taken : left).push(job);
      if (fits) this.#held.add(keyOf(job));
    }
    this.#waiting = left;
    return taken;
  }

  async #run(jobs: readonly Job[]): Promise<void> {
    let isSlow = false;
    this.#open += 1;
    const timer = setTimeout(() => {
      isSlow = true;
      this.#slow += 1;
      this.#begin();
    }, SLOW_MS);
    try {
      await this.#doTogether(jobs);
    } finally {
      clearTimeout(timer);
      this.#open -= 1;
      if (isSlow) this.#slow -= 1;
      for (const job of jobs) this.#held.delete(this.#options.keyOf(job));
      this.#begin();
    }
  }

  async #doTogether(jobs: readonly Job[]): Promise<void> {
    const { together, alone } = this.#options;
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
      if (rest.length > 0) await this.#doTogether(rest);
    }
  }
}
