import { limitTime } from './limit-time.ts';
import { nodeTimers, type Timers } from './timers.ts';

/** The attempts of this process that have not settled. One that ignores its signal is joined, never begun again. */
export class OpenAttempts {
  readonly #bySaga = new Map<string, Map<string, Promise<unknown>>>();
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
    const open = this.#bySaga.get(saga) ?? new Map<string, Promise<unknown>>();
    const known = open.get(effort);
    if (known) return known as Promise<Result>;
    const attempt = begin();
    this.#bySaga.set(saga, open.set(effort, attempt));
    const forget = () => {
      open.delete(effort);
      if (open.size === 0 && this.#bySaga.get(saga) === open) this.#bySaga.delete(saga);
    };
    attempt.then(forget, forget);
    return attempt;
  }

  /** Resolves when no attempt at the saga's steps is under way, or after a time. Undos are joined where they are needed. */
  async stepsSettled(saga: string, withinMs: number, signal: AbortSignal): Promise<void> {
    const open = [...(this.#bySaga.get(saga) ?? [])].flatMap(([effort, attempt]) =>
      effort.startsWith('undo') ? [] : [attempt],
    );
    if (open.length === 0) return;
    using limited = limitTime(signal, withinMs, this.#timers.after);
    await limited.before(Promise.allSettled(open)).catch(() => {});
  }
}
