import { limitTime, type TimeLimit } from 'durable-store/time-limit';
import { cloneJson, copyJson } from './copy-json.ts';
import type { AnySaga, AnyStep, Saga, SagaDefinition, Step } from './definition.ts';
import type { Duration } from './duration.ts';
import { type Interruption, NotFinished } from './errors.ts';
import type { Execution } from './execution.ts';
import { FunctionCalls } from './function-calls.ts';
import type { Json, JsonPayload } from './json.ts';
import { LogLookup } from './log-lookup.ts';
import { StepRunner } from './step-runner.ts';
import { Waits } from './waits.ts';

// A function that waits this long for nothing of the engine's has gone astray; it may wait for steps and events only.
const IDLE_LIMIT_MS = 10_000;

/** How a run of the function came to an end. */
export type Ending =
  | { readonly kind: 'returned'; readonly result: Json }
  | { readonly kind: 'threw'; readonly error: unknown }
  | { readonly kind: 'waits' };

/**
 * Runs a saga's function against its log, which is empty in the first run. A step that the log has returns what it returned, one that a crash interrupted
 * is recovered, and one that the log does not have is run, its undo registered on disk before it begins. What interrupts
 * the run is not told to the function, whose calls then stay open.
 */
export class Replay implements Saga, Disposable {
  readonly id: string;
  readonly #execution: Execution;
  readonly #lookup: LogLookup;
  readonly #forward: TimeLimit;
  readonly #steps: StepRunner;
  readonly #waits: Waits;
  readonly #calls: FunctionCalls;

  constructor(execution: Execution) {
    const { stop, definition, surroundings } = execution;
    this.id = execution.record.id;
    this.#execution = execution;
    this.#lookup = new LogLookup(execution.record.steps);
    this.#forward = limitTime(definition.deadlineMs, stop.signal, surroundings.clock.after);
    this.#steps = new StepRunner(execution, this.#lookup, this.#forward.signal);
    this.#waits = new Waits(execution, this.#lookup);
    this.#calls = new FunctionCalls(execution);
    stop.signal.addEventListener('abort', this.#stop);
    if (stop.signal.aborted) this.#stop();
  }

  readonly #stop = () => this.#calls.interrupt(this.#execution.stop.signal.reason as Interruption);

  [Symbol.dispose](): void {
    this.#forward[Symbol.dispose]();
    this.#execution.stop.signal.removeEventListener('abort', this.#stop);
  }

  /**
   * Runs the function until it ends, or nothing but waits is open.
   *
   * @throws Interruption
   */
  async run(): Promise<Ending> {
    const quiet = this.#calls.quiet.then((): Ending => ({ kind: 'waits' }));
    const ending = await Promise.race([this.#callFunction(), quiet, this.#calls.interrupted]);
    if (ending.kind === 'waits') return ending;
    this.#calls.end();
    this.#assertAllCalled(ending);
    if (ending.kind === 'threw') {
      // From here on compensation undoes: neither a step nor an undo of the function's begins beside it.
      this.#steps.end();
      this.#forward.abort();
      return ending;
    }
    // A step that the function did not wait for decides as well.
    if (this.#calls.areOpen) await Promise.race([this.#calls.settled(), this.#calls.interrupted]);
    const { lateFailure } = this.#calls;
    return lateFailure ? { kind: 'threw', ...lateFailure } : ending;
  }

  /** What the log has and the function no longer calls may have to be undone: a person decides. */
  #assertAllCalled(ending: Ending): void {
    const { uncalled } = this.#lookup;
    if (uncalled === undefined) return;
    const step = this.#execution.record.steps[uncalled]?.name ?? null;
    const cause = ending.kind === 'threw' && { cause: ending.error };
    throw new NotFinished('function_changed', { step, needsPerson: true, ...cause });
  }

  /** Waits until the steps that were told to end have ended, for a time. */
  async stepsEnded(withinMs: number): Promise<void> {
    const { attempts } = this.#execution.surroundings;
    await this.#calls.settled();
    await attempts.stepsSettled(this.id, withinMs, this.#execution.stop.signal);
  }

  /** Undoes what failed steps may have left behind, for the function went on without them. */
  undoFailedSteps(): Promise<void> {
    return this.#steps.undoFailed(this.#execution.stop.signal);
  }

  /** Ends the run, without a word to the function, where that waits for nothing of the engine's. */
  interruptIfAstray(): void {
    if (this.#calls.idleMs > IDLE_LIMIT_MS) this.#calls.interrupt(new NotFinished('function_hangs'));
  }

  step<Input, Result, Secret>(
    step: Step<Input, Result, Secret>,
    input: Input,
    { key }: { key?: string } = {},
  ): Promise<Result> {
    const call = { names: [step.name, ...(step.formerly ?? [])], key };
    const work = () => this.#steps.call(step as unknown as AnyStep, input, key);
    return this.#calls.make(call, work) as Promise<Result>;
  }

  async sleep(name: string, duration: Duration): Promise<void> {
    const call = { names: [name], key: undefined };
    await this.#calls.wait(call, () => this.#waits.sleep(name, duration));
  }

  waitFor<Payload = Json>(name: string, options: { timeout: Duration; key?: string }): Promise<JsonPayload<Payload>> {
    const call = { names: [name], key: options.key };
    return this.#calls.wait(call, () => this.#waits.waitFor(name, options)) as Promise<JsonPayload<Payload>>;
  }

  child<Input, Result>(
    definition: SagaDefinition<Input, Result, never>,
    input: Input,
    { key }: { key?: string } = {},
  ): Promise<Result> {
    const call = { names: [definition.name], key };
    return this.#calls.wait(call, async () => {
      await this.#steps.undoFailedFirst();
      return this.#waits.child(definition as unknown as AnySaga, input, key);
    }) as Promise<Result>;
  }

  async #callFunction(): Promise<Ending> {
    const { definition, record } = this.#execution;
    try {
      const input = cloneJson(record.input);
      const result = await definition.run(this, input);
      return { kind: 'returned', result: copyJson(result, `${record.name}, result`, definition.maxValueBytes) };
    } catch (error) {
      return { kind: 'threw', error };
    }
  }
}
