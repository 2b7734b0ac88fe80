import { Aborted, limitTime, pause } from 'durable-store/time-limit';
import { Interruption, Refusal, type Traits, traitsOf } from './errors.ts';
import { nodeTimers, type Timers } from './timers.ts';

/** How often something is tried, and how long it waits in between. The waits double and are jittered. */
export interface RetryOptions {
  /** The wait after the first failure, in milliseconds. */
  firstWaitMs?: number;
  /** The longest wait, in milliseconds. */
  longestWaitMs?: number;
}

export interface Retrying<Result> extends RetryOptions {
  /** Begins an attempt, or joins the one that is still under way. */
  attempt(signal: AbortSignal): Promise<Result>;
  /** Ends the trying at once, also in the middle of an attempt or a wait. */
  signal: AbortSignal;
  /** Why the signal aborted: the code of an effort that it ends before any attempt has failed; else `deadline_exceeded`. */
  whyAborted?(): CutShort['code'];
  /** How long one attempt may take. */
  timeoutMs: number;
  /** How long an attempt that was told to end is waited for. */
  settleMs: number;
  maxAttempts: number;
  /** Whether an attempt of which nobody knows the end came before. */
  interrupted: boolean;
  /** Node's own where they are left out. */
  timers?: Timers;
  began(): void;
  failed(error: unknown, traits: Traits): void;
}

const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 1_000;

/** An attempt took longer than its limit and ended, or did not heed its signal. */
class AttemptTimedOut extends Error {
  readonly code = 'timed_out';
  readonly noSideEffect = false;
  readonly retryable: boolean;

  constructor(settled: boolean) {
    super('timed out');
    this.retryable = settled;
  }
}

/** An effort was ended from outside before any of its attempts had failed. */
export class CutShort extends Refusal {
  declare readonly code: 'deadline_exceeded' | 'ended';
}

/** What became of an effort that did not succeed; the last error is its cause. */
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
 * Tries until it succeeds, with growing, jittered waits in between. An attempt that does not heed the signal is left
 * behind when the signal comes.
 *
 * @throws GaveUp with the last error as its cause, CutShort where there was none
 */
export async function retry<Result>(retrying: Retrying<Result>): Promise<Result> {
  const { signal, maxAttempts, firstWaitMs = FIRST_WAIT_MS, longestWaitMs = LONGEST_WAIT_MS } = retrying;
  const { after } = retrying.timers ?? nodeTimers;
  const cutShort = () => new CutShort(retrying.whyAborted?.() ?? 'deadline_exceeded');
  let mayHaveHappened = retrying.interrupted;
  let lastError: unknown;
  for (let attempts = 1; !signal.aborted; attempts += 1) {
    retrying.began();
    try {
      return await attemptWithin(retrying);
    } catch (error) {
      if (error instanceof Interruption) throw error;
      // The attempt is still under way, or was when it was ended.
      if (error instanceof Aborted) throw new GaveUp(lastError ?? cutShort(), true);
      const traits = traitsOf(error);
      mayHaveHappened ||= !traits.noSideEffect;
      lastError = error;
      retrying.failed(error, traits);
      if (!traits.retryable || attempts >= maxAttempts) break;
    }
    const wait = Math.min(firstWaitMs * 2 ** (attempts - 1), longestWaitMs);
    await pause(wait * (0.5 + Math.random() / 2), signal, after);
  }
  throw new GaveUp(lastError ?? cutShort(), mayHaveHappened);
}

/** @throws Aborted when the effort's signal comes; AttemptTimedOut; what the attempt throws */
async function attemptWithin<Result>({
  attempt,
  signal,
  timeoutMs,
  settleMs,
  timers = nodeTimers,
}: Retrying<Result>): Promise<Result> {
  using limited = limitTime(timeoutMs, signal, timers.after);
  const work = attempt(limited.signal);
  try {
    return await limited.before(work);
  } catch (error) {
    if (!(error instanceof Aborted) || signal.aborted) throw error;
  }
  using settling = limitTime(settleMs, signal, timers.after);
  try {
    return await settling.before(work);
  } catch (error) {
    if (signal.aborted) throw new Aborted();
    throw new AttemptTimedOut(!(error instanceof Aborted));
  }
}
