import { cloneJson, copyJson } from './copy-json.ts';
import type { AnyStep } from './definition.ts';
import { Interruption, NotFinished, Refusal, SagaMisuse, traitsOf } from './errors.ts';
import type { Execution } from './execution.ts';
import type { Json } from './json.ts';
import type { LogLookup } from './log-lookup.ts';
import { isPastPivot, needsUndo, type StepRecord } from './record.ts';
import { CutShort, GaveUp } from './retry.ts';
import { attemptStep, recoverStep } from './step-attempts.ts';
import { toStepError } from './step-error.ts';
import { beginStep, endStep, failStep, newStepRecord } from './transitions.ts';
import { undoStep } from './undo-step.ts';

const isFailedOpen = (step: StepRecord): boolean => step.status === 'unknown' && needsUndo(step);

/** Runs the steps that a saga's function calls, or finds in the log what became of them. */
export class StepRunner {
  readonly #execution: Execution;
  readonly #lookup: LogLookup;
  /** Aborts when going forward must end. */
  readonly #forward: AbortSignal;
  readonly #undoing = new Map<number, Promise<void>>();
  #running = 0;
  #isPivotRunning = false;
  #whyAborted: CutShort['code'] = 'deadline_exceeded';

  constructor(execution: Execution, lookup: LogLookup, forward: AbortSignal) {
    this.#execution = execution;
    this.#lookup = lookup;
    this.#forward = forward;
  }

  /** @throws Refusal, StepFailed; SagaMisuse; Interruption, which is not for the function */
  async call(step: AnyStep, input: unknown, key: string | undefined): Promise<Json> {
    const { definition, record, staged } = this.#execution;
    if (definition.steps.get(step.name) !== step) {
      throw new SagaMisuse('step_not_declared', `the step ${step.name} is not among the steps of ${record.name}`);
    }
    const index = this.#lookup.call([step.name, ...(step.formerly ?? [])], key);
    const logged = index === undefined ? undefined : staged.steps[index];
    if (logged?.status === 'done') return cloneJson(logged.result);
    if (logged && logged.status !== 'running') throw toStepError(logged);
    this.#assertMayRun(step);
    this.#running += 1;
    this.#isPivotRunning = step.pivot === true;
    try {
      if (index !== undefined) return await this.#run(step, index, true);
      if (this.#hasFailed) await this.undoFailedFirst();
      return await this.#run(step, await this.#begin(step, input, key), false);
    } finally {
      this.#running -= 1;
      if (step.pivot) this.#isPivotRunning = false;
    }
  }

  /** What is still running is about to be told to end, for the outcome does not depend on it any more. */
  end(): void {
    this.#whyAborted = 'ended';
  }

  /** Whether a failed step may have left something behind. */
  get #hasFailed(): boolean {
    return this.#execution.staged.steps.some(isFailedOpen);
  }

  /** Undoes what failed steps may have left behind, each of them once, the last first. */
  async undoFailed(signal: AbortSignal): Promise<void> {
    // Another step may fail meanwhile.
    for (;;) {
      const index = this.#execution.staged.steps.findLastIndex(isFailedOpen);
      if (index < 0) return;
      const undoing = this.#undoing.get(index) ?? undoStep(this.#execution, index, signal);
      this.#undoing.set(index, undoing);
      await undoing;
    }
  }

  /** Undoes them before the function goes on. At the deadline the outcome is final at once, and compensation does the rest. */
  async undoFailedFirst(): Promise<void> {
    try {
      await this.undoFailed(this.#forward);
    } catch (error) {
      if (!this.#forward.aborted || this.#execution.stop.signal.aborted) throw error;
    }
  }

  #assertMayRun(step: AnyStep): void {
    if (this.#running === 0 || !(step.pivot || this.#isPivotRunning)) return;
    throw new SagaMisuse('pivot_not_alone', `${step.name} began beside another step; a pivot runs alone`);
  }

  /** Appends the step to the log; it is durable before it runs. */
  async #begin(step: AnyStep, input: unknown, key: string | undefined): Promise<number> {
    const execution = this.#execution;
    const { definition, record } = execution;
    const at = execution.now();
    const where = `${record.name}, step ${step.name}, input`;
    const entry = newStepRecord({
      name: step.name,
      ...(key !== undefined && { key }),
      input: copyJson(input, where, definition.maxValueBytes),
      ...(step.pivot && { pivot: true }),
      hasUndo: step.undo !== undefined,
      at,
    });
    const index = execution.staged.steps.length;
    execution.change((staged) => beginStep(staged, entry, at));
    if (this.#signal.aborted) throw this.#fail(step, index, new GaveUp(new CutShort(this.#whyAborted), false));
    await execution.write();
    execution.observe({ kind: 'step', step: step.name, status: 'running' });
    return index;
  }

  /** Once the pivot is done there is no deadline. */
  get #signal(): AbortSignal {
    return isPastPivot(this.#execution.staged) ? this.#execution.stop.signal : this.#forward;
  }

  async #run(step: AnyStep, index: number, interrupted: boolean): Promise<Json> {
    const execution = this.#execution;
    const { definition, record, surroundings } = execution;
    const effort = { execution, step, index, signal: () => this.#signal, whyAborted: () => this.#whyAborted };
    try {
      const result = await surroundings.trace.span(`step ${step.name}`, { 'saga.id': record.id }, () =>
        interrupted && step.recover ? recoverStep(effort) : attemptStep(effort, interrupted),
      );
      const kept = copyJson(result, `${record.name}, step ${step.name}, result`, definition.maxValueBytes);
      const attempts = execution.staged.steps[index]?.attempts ?? 0;
      const event = { kind: 'step', step: step.name, status: 'done', attempts } as const;
      execution.change((staged) => endStep(staged, index, kept, execution.now()), event);
      return cloneJson(kept);
    } catch (error) {
      throw this.#fail(step, index, error);
    }
  }

  /** @returns what is to be thrown: to the function, or to end the run */
  #fail(step: AnyStep, index: number, error: unknown): Error {
    const execution = this.#execution;
    if (error instanceof Interruption) return error;
    if (execution.stop.signal.aborted) return execution.stop.signal.reason as Error;
    const { cause, mayHaveHappened } = error instanceof GaveUp ? error : new GaveUp(error, true);
    const { code, data, unexpected } = traitsOf(cause);
    if (!(error instanceof GaveUp) && unexpected) execution.report(error, { step: step.name });
    // What may have happened and cannot be undone is not given up.
    if (isPastPivot(execution.staged) || (step.pivot && !step.undo && mayHaveHappened)) {
      return new NotFinished(code, {
        step: step.name,
        needsPerson: cause instanceof Refusal && !(cause instanceof CutShort),
      });
    }
    const at = execution.now();
    const failure = { mayHaveHappened, refused: cause instanceof Refusal, code, data, at };
    execution.change((staged) => failStep(staged, index, failure));
    const failed = execution.staged.steps[index] as StepRecord;
    execution.attachments.tell({
      kind: 'step',
      step: step.name,
      status: failed.status,
      attempts: failed.attempts,
      code,
    });
    return toStepError(failed, cause);
  }
}
