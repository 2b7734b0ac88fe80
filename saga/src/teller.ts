import { type Drive, Stalled } from './drive.ts';
import { GaveUp, persevere } from './persevere.ts';
import { type Failure, Refusal } from './refusal.ts';
import type { Attempt, Saga, Step } from './saga.ts';
import { beginStep, endStep, failStep, failureOf, type SagaRecord, type StepRecord } from './saga-record.ts';

export type Undo = (attempt: Attempt) => Promise<unknown>;

// A recovery that finds no answer this often waits for the next drive.
const RECOVERY_ATTEMPTS = 3;

/** Ends the telling of a story that is on its way back: the log has no more. */
class EndOfLog extends Error {
  override name = 'EndOfLog';
}

/**
 * Tells a story against its log: a step that the log has returns what it returned, a step that a crash interrupted is
 * recovered, and the first step that the log does not have is run, its undo registered on disk before it begins.
 */
export class Teller implements Saga {
  readonly id: string;
  /** The undo of each step told so far, by position. */
  readonly undos: Array<Undo | undefined> = [];
  /** Why the story is over, where one of its steps failed. */
  failure: Failure | undefined;
  /** What ended the drive rather than the story: a lost lease, a shutdown, a recovery without an answer. */
  interruption: Error | undefined;
  readonly #record: SagaRecord;
  readonly #drive: Drive;
  #over: unknown;
  #busy = false;

  constructor(record: SagaRecord, drive: Drive) {
    this.id = record.id;
    this.#record = record;
    this.#drive = drive;
  }

  async step<Result>(name: string, step: Step<Result>): Promise<Result> {
    if (this.#over) throw this.#over;
    if (this.#busy) throw new Error(`the step ${name} began while another one was running`);
    this.#busy = true;
    try {
      return await this.#take(name, step);
    } catch (error) {
      this.#over = error;
      throw error;
    } finally {
      this.#busy = false;
    }
  }

  async #take<Result>(name: string, step: Step<Result>): Promise<Result> {
    const logged = this.#record.steps[this.undos.length];
    if (logged && logged.name !== name) throw this.#interrupt(new Stalled('story_changed'));
    this.undos.push(step.undo && ((attempt) => step.undo?.(attempt) ?? Promise.resolve()));
    if (logged?.status === 'done') return logged.result as Result;
    if (this.#record.goal !== 'complete') throw new EndOfLog();
    const log = logged ?? (await this.#begin(name, step));
    try {
      const result = logged && step.recover ? await this.#recover(log, step.recover) : await this.#run(log, step);
      endStep(log, result, this.#drive.now());
      this.#drive.observe({ kind: 'step', step: name, status: 'done', attempts: log.attempts });
      return result;
    } catch (error) {
      throw this.#giveUp(log, error);
    }
  }

  async #begin(name: string, step: Step<unknown>): Promise<StepRecord> {
    const log = beginStep(name, step.undo !== undefined, this.#drive.now());
    this.#record.steps.push(log);
    try {
      await this.#drive.save();
    } catch (error) {
      throw this.#interrupt(error as Error);
    }
    this.#drive.observe({ kind: 'step', step: name, status: 'running' });
    return log;
  }

  #run<Result>(log: StepRecord, step: Step<Result>): Promise<Result> {
    return this.#persevere(log, (attempt) => step.run(attempt), Number.POSITIVE_INFINITY);
  }

  async #recover<Result>(log: StepRecord, recover: NonNullable<Step<Result>['recover']>): Promise<Result> {
    let found: Result | undefined;
    try {
      found = await this.#persevere(log, recover, RECOVERY_ATTEMPTS);
    } catch {
      throw this.#interrupt(new Stalled(log.code ?? 'recovery_failed'));
    }
    if (found === undefined) throw new GaveUp(new Refusal('interrupted'), true);
    return found;
  }

  #persevere<Result>(
    log: StepRecord,
    work: (attempt: Attempt) => Promise<Result>,
    maxAttempts: number,
  ): Promise<Result> {
    const { deadline, halt, now, observe } = this.#drive;
    return persevere(log, work, {
      signal: AbortSignal.any([deadline, halt]),
      maxAttempts,
      now,
      failed: (code) =>
        observe({ kind: 'step', step: log.name, status: 'attempt_failed', attempts: log.attempts, code }),
    });
  }

  #giveUp(log: StepRecord, error: unknown): unknown {
    if (this.interruption) return this.interruption;
    if (this.#drive.halt.aborted) return this.#interrupt(new Stalled('halted'));
    const { cause, mayHaveHappened } = error instanceof GaveUp ? error : { cause: error, mayHaveHappened: true };
    failStep(log, mayHaveHappened, this.#drive.now());
    this.failure = failureOf(cause, log.name);
    this.#drive.observe({
      kind: 'step',
      step: log.name,
      status: log.status,
      attempts: log.attempts,
      code: this.failure.code,
    });
    return cause;
  }

  #interrupt(error: Error): Error {
    this.interruption = error;
    return error;
  }
}
