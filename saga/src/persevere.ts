import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
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

const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 1_000;

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
  let underWay = false;
  let lastError: unknown = new Refusal('deadline_exceeded');

  async function attempt(): Promise<Result> {
    if (signal.aborted) throw lastError;
    effort.attempts += 1;
    underWay = true;
    try {
      return await work({ signal });
    } catch (error) {
      const { code, withoutEffect } = traitsOf(error);
      mayHaveHappened ||= !withoutEffect;
      lastError = error;
      noteFailure(effort, code, now());
      failed(code);
      throw error;
    } finally {
      underWay = false;
    }
  }

  const policy = retry(
    handleWhen((error) => traitsOf(error).worthRepeating),
    {
      maxAttempts: maxAttempts - 1,
      backoff: new ExponentialBackoff({ initialDelay: FIRST_WAIT_MS, maxDelay: LONGEST_WAIT_MS }),
    },
  );
  const abort = Promise.withResolvers<never>();
  const onAbort = () => abort.reject(lastError);
  signal.addEventListener('abort', onAbort);
  try {
    return await Promise.race([policy.execute(attempt, signal), abort.promise]);
  } catch {
    throw new GaveUp(lastError, mayHaveHappened || underWay);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
