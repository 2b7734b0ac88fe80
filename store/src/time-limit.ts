// The longest that a timer of Node's can be set to; anything longer would go off at once.
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Sets a timer; a test that moves the time has its own. */
export type SetTimer = (ms: number, run: () => void) => { cancel(): void };

/** Thrown where the time was over, or the outer signal came, before the work had settled. */
export class Aborted extends Error {
  override name = 'Aborted';
}

const setTimer: SetTimer = (ms, run) => {
  const timer = setTimeout(run, ms);
  return { cancel: () => clearTimeout(timer) };
};

/** A signal that aborts after a time, or with another one. Disposed of, it lets go of both. */
export class TimeLimit implements Disposable {
  // Made where it is asked for: most of what waits needs none.
  #controller: AbortController | undefined;
  #isOver = false;
  readonly #waiting: Array<() => void> = [];
  readonly #timer: { cancel(): void } | undefined;
  readonly #outer: AbortSignal | undefined;

  /** As `limitTime`. */
  constructor(ms: number, outer: AbortSignal | undefined, after: SetTimer) {
    this.#outer = outer;
    if (ms <= LONGEST_TIMER_MS) this.#timer = after(ms, this.abort);
    outer?.addEventListener('abort', this.abort);
    if (outer?.aborted) this.abort();
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#isOver) this.#controller.abort();
    return this.#controller.signal;
  }

  readonly abort = (): void => {
    this.#isOver = true;
    this.#controller?.abort();
    for (const stopWaiting of this.#waiting.splice(0)) stopWaiting();
  };

  /** @throws Aborted when the signal comes before the work has settled; the work goes on */
  before<Result>(work: Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const stopWaiting = () => reject(new Aborted());
      work.then(resolve, reject);
      // Work that had settled before counts, so the signal comes one turn of the queue later.
      if (this.#isOver) queueMicrotask(stopWaiting);
      else this.#waiting.push(stopWaiting);
    });
  }

  [Symbol.dispose](): void {
    this.#timer?.cancel();
    this.#outer?.removeEventListener('abort', this.abort);
  }
}

/**
 * Limits the time of what is begun with its signal, or waited for with `before`. `AbortSignal.timeout` and
 * `AbortSignal.any` hold on until the time is over, and most work ends in a thousandth of its time.
 *
 * @param ms from now; anything longer than 24 days is without limit
 * @param outer ends it earlier
 */
export const limitTime = (ms: number, outer?: AbortSignal, after: SetTimer = setTimer): TimeLimit =>
  new TimeLimit(ms, outer, after);

/** Resolves after a time, or when the signal comes. */
export async function pause(ms: number, signal: AbortSignal, after?: SetTimer): Promise<void> {
  using limited = limitTime(ms, signal, after);
  await aborted(limited.signal);
}

/** Resolves when the signal aborts. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
