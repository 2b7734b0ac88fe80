import { limitTime } from 'durable-store/time-limit';
import { TransientMap } from 'durable-store/transient-map';
import { nodeTimers, type Timers } from './timers.ts';

// Longer than a saga waits for its next run.
const KEPT_MS = 60_000;

interface OpenAttempt {
  readonly effort: string;
  readonly settled: Promise<unknown>;
}

/**
 * The attempts of this process that have not settled. One that ignores its signal is joined, never begun again; the result
 * that it brings between two runs is for the next one.
 */
export class OpenAttempts {
  readonly #bySaga = new TransientMap<OpenAttempt[]>();
  readonly #timers: Timers;

  constructor(timers: Timers = nodeTimers) {
    this.#timers = timers;
  }

  /**
   * Begins an attempt, or joins the one that is still under way or was left behind and has succeeded since.
   *
   * @param effort tells what it is an attempt at from anything else in the saga
   * @param signal tells the attempt to end
   */
  join<Result>(saga: string, effort: string, signal: AbortSignal, begin: () => Promise<Result>): Promise<Result> {
    const known = this.#bySaga.get(saga)?.find((open) => open.effort === effort);
    if (known) return known.settled as Promise<Result>;
    const settled = begin();
    const attempt = { effort, settled };
    const open = this.#bySaga.get(saga);
    if (open) open.push(attempt);
    else this.#bySaga.set(saga, [attempt]);
    const forget = () => this.#forget(saga, attempt);
    // Else one that always takes longer than a run waits for it would be retried without end.
    const succeeded = () => (signal.aborted ? void this.#timers.after(KEPT_MS, forget).unref() : forget());
    settled.then(succeeded, forget);
    return settled;
  }

  /** Resolves when no attempt at the saga's steps is under way, or after a time. Undos are joined where they are needed. */
  async stepsSettled(saga: string, withinMs: number, signal: AbortSignal): Promise<void> {
    const open = this.#bySaga.get(saga)?.filter(({ effort }) => !effort.startsWith('undo')) ?? [];
    if (open.length === 0) return;
    using limited = limitTime(withinMs, signal, this.#timers.after);
    await limited.before(Promise.allSettled(open.map(({ settled }) => settled))).catch(() => {});
  }

  #forget(saga: string, attempt: OpenAttempt): void {
    const others = (this.#bySaga.get(saga) ?? []).filter((open) => open !== attempt);
    if (others.length > 0) this.#bySaga.set(saga, others);
    else this.#bySaga.delete(saga);
  }
}
