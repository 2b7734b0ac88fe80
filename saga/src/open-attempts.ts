import { limitTime } from 'durable-store/time-limit';
import { nodeTimers, type Timers } from './timers.ts';

interface OpenAttempt {
  readonly effort: string;
  readonly settled: Promise<unknown>;
}

/** The attempts of this process that have not settled. One that ignores its signal is joined, never begun again. */
export class OpenAttempts {
  readonly #bySaga = new Map<string, OpenAttempt[]>();
  readonly #timers: Timers;

  constructor(timers: Timers = nodeTimers) {
    this.#timers = timers;
  }

  /**
   * Begins an attempt, or joins the one that is still under way.
   *
   * @param effort tells what it is an attempt at from anything else in the saga
   */
  join<Result>(saga: string, effort: string, begin: () => Promise<Result>): Promise<Result> {
    const known = this.#bySaga.get(saga)?.find((open) => open.effort === effort);
    if (known) return known.settled as Promise<Result>;
    const settled = begin();
    const attempt = { effort, settled };
    const open = this.#bySaga.get(saga);
    if (open) open.push(attempt);
    else this.#bySaga.set(saga, [attempt]);
    const forget = () => this.#forget(saga, attempt);
    settled.then(forget, forget);
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
