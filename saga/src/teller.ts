import { inSpan } from '@appointments/chassis';
import { type Drive, Stalled } from './drive.ts';
import { GaveUp, type Perseverance, persevere } from './persevere.ts';
import { type Failure, Refusal } from './refusal.ts';
import type { Attempt, Saga, Step } from './saga.ts';
import { asJson, beginStep, endStep, failStep, failureOf, type SagaRecord, type StepRecord } from './saga-record.ts';

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
  #over: { error: unknown } | undefined;
  #underWay: Promise<void> | undefined;

  constructor(record: SagaRecord, drive: Drive) {
    this.id = record.id;
    this.#record = record;
    this.#drive = drive;
  }

  step<Result>(name: string, step: Step<Result>): Promise<Result> {
    const taken = this.#takeInTurn(name, step);
    // A story that does not wait for its step unwinds where it fails; a rejection that nobody handles ends the process.
    taken.catch(() => {});
    return taken;
  }

  /** Ends the story: no step begins any more, and the one that the story did not wait for has come to its end. */
  async rest(): Promise<void> {
    this.#over ??= { error: new Error('the story has ended') };
    await this.#underWay;
  }

  async #takeInTurn<Result>(name: string, step: Step<Result>): Promise<Result> {
    if (this.#over) throw this.#over.error;
    if (this.#underWay) throw this.#refuse(name);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#underWay = promise;
    try {
      return await this.#take(name, step);
    } catch (error) {
      this.#over = { error };
      throw error;
    } finally {
      this.#underWay = undefined;
      resolve();
    }
  }

  #refuse(name: string): Error {
    const error = new Error(`the step ${name} began while another one was running`);
    this.failure = failureOf(error, name);
    this.#over = { error };
    return error;
  }

  async #take<Result>(name: string, step: Step<Result>): Promise<Result> {
    const logged = this.#record.steps[this.undos.length];
    if (logged && logged.name !== name) throw this.#interrupt(new Stalled('story_changed'));
    this.undos.push(this.#undoOf(this.undos.length, step));
    if (logged?.status === 'done') return logged.result as Result;
    if (this.#record.goal !== 'complete') throw new EndOfLog();
    const log = logged ?? (await this.#begin(name, step));
    try {
      const interrupted = logged !== undefined;
      const result = await (interrupted && step.recover
        ? this.#recover(log, step.recover)
        : this.#persevere(log, (attempt) => step.run(attempt), { maxAttempts: Number.POSITIVE_INFINITY, interrupted }));
      endStep(log, asJson(result), this.#drive.now());
      this.#drive.observe({ kind: 'step', step: name, status: 'done', attempts: log.attempts });
      return log.result as Result;
    } catch (error) {
      throw this.#giveUp(log, error);
    }
  }

  #undoOf<Result>(index: number, step: Step<Result>): Undo | undefined {
    if (!step.undo) return undefined;
    return async (attempt) => {
      // Looked up only now: when the step was told, it may not have come to its end.
      const log = this.#record.steps[index];
      return log?.status === 'done' ? step.undo?.(attempt, log.result as Result) : step.undo?.(attempt);
    };
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

  async #recover<Result>(log: StepRecord, recover: NonNullable<Step<Result>['recover']>): Promise<Result> {
    let found: Result | undefined;
    try {
      found = await this.#persevere(log, recover, { maxAttempts: RECOVERY_ATTEMPTS });
    } catch {
      throw this.#interrupt(new Stalled(log.code ?? 'recovery_failed'));
    }
    if (found === undefined) throw new GaveUp(new Refusal('interrupted'), true);
    return found;
  }

  #persevere<Result>(
    log: StepRecord,
    work: (attempt: Attempt) => Promise<Result>,
    effort: Pick<Perseverance, 'maxAttempts' | 'interrupted'>,
  ): Promise<Result> {
    const { forward, now, observe } = this.#drive;
    const span = { name: `step ${log.name}`, kind: 'internal', attributes: { 'saga.id': this.id } } as const;
    const perseverance: Perseverance = {
      signal: forward,
      ...effort,
      now,
      failed: (code) =>
        observe({ kind: 'step', step: log.name, status: 'attempt_failed', attempts: log.attempts, code }),
    };
    return inSpan(span, () => persevere(log, work, perseverance));
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
