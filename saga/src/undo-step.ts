import { cancelChild } from './cancel-child.ts';
import { cloneJson } from './copy-json.ts';
import type { AnyStep } from './definition.ts';
import { Interruption, NotFinished, Refusal } from './errors.ts';
import type { Execution } from './execution.ts';
import { noteFailure } from './note-failure.ts';
import type { StepRecord } from './record.ts';
import { type GaveUp, retry } from './retry.ts';
import { beginAttempt, beginUndo, endUndo, failUndo } from './transitions.ts';

const TIMEOUT_MS = 10_000;
const SETTLE_MS = 1_000;
// An undo that fails this often in one run waits for the next one.
const ATTEMPTS_A_RUN = 3;

/**
 * Undoes a step from its log entry alone: noted on disk as running before it begins, and as done with the next write.
 *
 * @param signal ends the trying
 * @throws NotFinished with the code of the undo that failed, `step_unknown` where no step of that name is declared
 */
export async function undoStep(execution: Execution, index: number, signal: AbortSignal): Promise<void> {
  const { name } = execution.staged.steps[index] as StepRecord;
  const step = undoableStep(execution, index);
  execution.change((staged) => beginUndo(staged, index, execution.now()));
  await execution.write();
  execution.observe({ kind: 'undo', step: name, status: 'running' });
  try {
    await execution.surroundings.trace.span(`undo ${name}`, { 'saga.id': execution.record.id }, () =>
      retryUndo(execution, index, step, signal),
    );
  } catch (error) {
    if (error instanceof Interruption) throw error;
    // One that a shutdown or a deadline cuts short has not failed.
    if (signal.aborted) throw execution.stop.signal.aborted ? execution.stop.signal.reason : error;
    const { code } = error as GaveUp;
    execution.change((staged) => failUndo(staged, index, code));
    throw new NotFinished(code, { step: name, needsPerson: (error as GaveUp).cause instanceof Refusal });
  }
  const attempts = execution.staged.steps[index]?.undo?.attempts ?? 0;
  const event = { kind: 'undo', step: name, status: 'done', attempts } as const;
  execution.change((staged) => endUndo(staged, index, execution.now()), event);
}

type UndoableStep = Pick<AnyStep, 'name' | 'undoRetry' | 'undoTimeoutMs'> & { undo: NonNullable<AnyStep['undo']> };

function undoableStep(execution: Execution, index: number): UndoableStep {
  const { record, staged, definition, surroundings } = execution;
  const { name, child } = staged.steps[index] as StepRecord;
  if (child !== undefined) return { name, undo: () => cancelChild(surroundings, record, child) };
  const step = definition.steps.get(name);
  if (step?.undo) return step as UndoableStep;
  const code = step ? 'undo_unknown' : 'step_unknown';
  execution.change((staged) => failUndo(staged, index, code));
  throw new NotFinished(code, { step: name, needsPerson: true });
}

function retryUndo(execution: Execution, index: number, step: UndoableStep, signal: AbortSignal): Promise<unknown> {
  const { record, surroundings } = execution;
  return retry<unknown>({
    ...step.undoRetry,
    signal,
    timeoutMs: step.undoTimeoutMs ?? TIMEOUT_MS,
    settleMs: SETTLE_MS,
    timers: surroundings.clock,
    maxAttempts: ATTEMPTS_A_RUN,
    interrupted: false,
    began: () => execution.change((staged) => beginAttempt(staged, 'undo', index)),
    attempt: (attemptSignal) =>
      surroundings.attempts.join(record.id, `undo ${index}`, attemptSignal, async () =>
        step.undo(callOf(execution, index, attemptSignal) as never),
      ),
    failed: (error, traits) => noteFailure(execution, { kind: 'undo', index, step: step.name }, error, traits),
  });
}

function callOf({ record, staged, secret }: Execution, index: number, signal: AbortSignal) {
  const { key, input, status, result, undo } = staged.steps[index] as StepRecord;
  return {
    id: record.id,
    key,
    input: cloneJson(input),
    secret,
    signal,
    attempt: undo?.attempts ?? 1,
    ...(status === 'done' && { result: cloneJson(result) }),
  };
}
