import { cloneJson } from './copy-json.ts';
import type { AnyStep, StepCall } from './definition.ts';
import { Interruption, NotFinished, Refusal } from './errors.ts';
import type { Execution } from './execution.ts';
import { noteFailure } from './note-failure.ts';
import { isPastPivot, type StepRecord } from './record.ts';
import { type CutShort, GaveUp, retry } from './retry.ts';
import { beginAttempt } from './transitions.ts';

const TIMEOUT_MS = 30_000;
const SETTLE_MS = 1_000;
// A recovery that finds no response this often waits for the next run, and so does a step that can only go forward.
const ATTEMPTS_A_RUN = 3;

/** A step that runs. */
export interface StepEffort {
  readonly execution: Execution;
  readonly step: AnyStep;
  /** Of its entry in the log. */
  readonly index: number;
  /** Aborts when the step must end. */
  signal(): AbortSignal;
  whyAborted(): CutShort['code'];
}

/**
 * Finds out what became of a step that a crash interrupted.
 *
 * @returns the step's result
 * @throws GaveUp where it refuses, or finds nothing; NotFinished where it brings no response; Interruption
 */
export async function recoverStep(effort: StepEffort): Promise<unknown> {
  const { step, signal } = effort;
  // What cannot be undone has not happened, if it says so.
  const mayHaveHappened = !(step.pivot && !step.undo);
  const found = await attemptStep(effort, true, 'recover').catch((error: unknown) => {
    if (error instanceof Interruption) throw error;
    const { cause, code } = error as GaveUp;
    if (cause instanceof Refusal && !signal().aborted) throw new GaveUp(cause, mayHaveHappened);
    throw new NotFinished(code, { step: step.name });
  });
  if (found === undefined) throw new GaveUp(new Refusal('interrupted'), mayHaveHappened);
  return found;
}

/**
 * Attempts a step until it succeeds, each attempt noted in the log.
 *
 * @param interrupted whether an attempt of which nobody knows the end came before
 * @throws GaveUp; Interruption
 */
export function attemptStep(
  { execution, step, index, signal, whyAborted }: StepEffort,
  interrupted: boolean,
  what: 'run' | 'recover' = 'run',
): Promise<unknown> {
  const { record, surroundings } = execution;
  const isBounded = what === 'recover' || isPastPivot(execution.staged);
  return retry<unknown>({
    ...step.retry,
    signal: signal(),
    whyAborted,
    timeoutMs: step.timeoutMs ?? TIMEOUT_MS,
    settleMs: SETTLE_MS,
    timers: surroundings.clock,
    maxAttempts: isBounded ? ATTEMPTS_A_RUN : Number.POSITIVE_INFINITY,
    interrupted,
    began: () => execution.change((staged) => beginAttempt(staged, 'step', index)),
    attempt: (attemptSignal) =>
      surroundings.attempts.join(record.id, `${what} ${index}`, attemptSignal, async () =>
        (step[what] as NonNullable<AnyStep['recover']>)(callOf(execution, index, attemptSignal) as never),
      ),
    failed: (error, traits) => noteFailure(execution, { kind: 'step', index, step: step.name }, error, traits),
  });
}

function callOf({ record, staged, secret }: Execution, index: number, signal: AbortSignal): StepCall<unknown> {
  const { key, input, attempts } = staged.steps[index] as StepRecord;
  return {
    id: record.id,
    key,
    input: cloneJson(input),
    secret,
    signal,
    attempt: attempts,
  };
}
