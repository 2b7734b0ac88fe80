import { limitTime } from 'durable-store/time-limit';

/** Real time for which an attempt is waited for before the test's time goes on without it. */
const PATIENCE_MS = 1_000;

/** The attempts at steps that are under way, of any process. */
export class RunningAttempts {
  readonly #running = new Set<Promise<unknown>>();
  readonly #noteActivity: () => void;

  /** @param noteActivity called when an attempt ends */
  constructor(noteActivity: () => void) {
    this.#noteActivity = noteActivity;
  }

  track<Result>(work: Promise<Result>): Promise<Result> {
    this.#running.add(work);
    const ended = () => {
      this.#running.delete(work);
      this.#noteActivity();
    };
    work.then(ended, ended);
    return work;
  }

  /**
   * Waits in real time until all have ended, for each of them once.
   *
   * @returns false where there is none that was not waited for before
   */
  async end(): Promise<boolean> {
    if (this.#running.size === 0) return false;
    const attempts = [...this.#running];
    using patience = limitTime(PATIENCE_MS);
    await patience.before(Promise.allSettled(attempts)).catch(() => {});
    for (const work of attempts) this.#running.delete(work);
    return true;
  }
}
