import { ExponentialBackoff } from 'cockatiel';
import { Refusal, traitsOf } from './refusal.ts';
import type { Attempt } from './saga.ts';
import { type Effort, noteFailure } from './saga-record.ts';

export interface Perseverance {
  /** Ends the trying at once, also in the middle of an attempt or a wait. */
  signal: AbortSignal;
  maxAttempts: number;
  /** Whether an attempt of which nobody knows the end came before. */
  interrupted?: boolean;
  now: () => number;
  /** Called after each attempt that failed. */
  failed: (code: string) => void;
}

const WAITS = new ExponentialBackoff({ initialDelay: 50, maxDelay: 1_000 });

/** What became of an effort that did not succeed. */
export class GaveUp extends Error {
  override name = 'GaveUp';
  /** Whether any of the attempts may have had its effect all the same. */
  readonly mayHaveHappened: boolean;

  constructor(cause: unknown, mayHaveHappened: boolean) {
    super('gave up', { cause });
    this.mayHaveHappened = mayHaveHappened;
  }

  get code(): string {
    return traitsOf(this.cause).code;
  }
}

/** Ends an attempt or a wait because the signal came. */
class Interrupted extends Error {
  override name = 'Interrupted';
}

/**
 * Tries `work` until it succeeds, with growing, jittered waits in between, and notes every attempt. Work that does not
 * heed the signal is left behind when the signal comes: whatever it still does, it does too late.
 *
 * @throws GaveUp with the last error as its cause
 */
export async function persevere<Result>(
  effort: Effort,
  work: (attempt: Attempt) => Promise<Result>,
  { signal, maxAttempts, interrupted = false, now, failed }: Perseverance,
): Promise<Result> {
  let mayHaveHappened = interrupted;
  let lastError: unknown;
  let wait: ReturnType<typeof WAITS.next> | undefined;
  for (let attempts = 1; !signal.aborted; attempts += 1) {
    effort.attempts += 1;
    try {
      return await beforeAbort(signal, work({ signal }));
    } catch (error) {
      // The attempt is still under way, or was when it was ended.
      if (error instanceof Interrupted) throw new GaveUp(lastError ?? new Refusal('deadline_exceeded'), true);
      const { code, withoutEffect, worthRepeating } = traitsOf(error);
      mayHaveHappened ||= !withoutEffect;
      lastError = error;
      noteFailure(effort, code, now());
      failed(code);
      if (!worthRepeating || attempts >= maxAttempts) break;
    }
    wait = wait ? wait.next(undefined) : WAITS.next();
    await pause(wait.duration, signal);
  }
  throw new GaveUp(lastError ?? new Refusal('deadline_exceeded'), mayHaveHappened);
}

/** @throws Interrupted when the signal comes first */
function beforeAbort<Result>(signal: AbortSignal, work: Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const interrupt = () => reject(new Interrupted());
    signal.addEventListener('abort', interrupt);
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', interrupt));
  });
}

/** Resolves after a time, or when the signal comes. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
