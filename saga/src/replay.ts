import { copyJson } from './copy-json.ts';
import type { AnyStep, Saga, Step } from './definition.ts';
import { Deliveries } from './deliveries.ts';
import type { Duration } from './duration.ts';
import { Interruption, NotFinished } from './errors.ts';
import type { Execution } from './execution.ts';
import type { Json } from './json.ts';
import { limitTime } from './limit-time.ts';
import { LogLookup } from './log-lookup.ts';
import { StepRunner } from './step-runner.ts';
import { Waits } from './waits.ts';

/** How a run of the function came to an end. */
export type Ending =
  | { readonly kind: 'returned'; readonly result: Json }
  | { readonly kind: 'threw'; readonly error: unknown }
  | { readonly kind: 'waits' };

/** A wait has not come to its end: the function's call stays open. */
class StillWaiting extends Error {}

/**
 * Runs a saga's function against its log. A step that the log has returns what it returned, one that a crash interrupted
 * is recovered, and one that the log does not have is run, its undo registered on disk before it begins. What interrupts
 * the run is not told to the function, whose calls then stay open.
 */
export class Replay implements Saga, Disposable {
  readonly id: string;
  readonly #execution: Execution;
  readonly #lookup: LogLookup;
  readonly #forward: ReturnType<typeof limitTime>;
  readonly #run: ReturnType<typeof limitTime>;
  readonly #steps: StepRunner;
  readonly #waits: Waits;
  readonly #deliveries = new Deliveries();
  readonly #interrupted = Promise.withResolvers<never>();
  readonly #parked = Promise.withResolvers<Ending>();
  /** The function's calls of whose end it has not been told, but for waits. */
  readonly #open = new Set<Promise<void>>();
  #isWaiting = false;
  #isOver = false;
  #idleSince = performance.now();
  #lateFailure: { error: unknown } | undefined;

  constructor(execution: Execution) {
    this.id = execution.record.id;
    this.#execution = execution;
    this.#lookup = new LogLookup(execution.record.steps);
    this.#forward = limitTime(execution.stop.signal, execution.definition.deadlineMs);
    this.#run = limitTime(execution.stop.signal, Number.POSITIVE_INFINITY);
    this.#steps = new StepRunner(execution, this.#lookup, { forward: this.#forward.signal, run: this.#run.signal });
    this.#waits = new Waits(execution, this.#lookup);
    this.#interrupted.promise.catch(() => {});
    execution.stop.signal.addEventListener('abort', this.#stop);
    if (execution.stop.signal.aborted) this.#stop();
  }

  readonly #stop = () => this.interrupt(this.#execution.stop.signal.reason as Interruption);

  [Symbol.dispose](): void {
    this.#forward[Symbol.dispose]();
    this.#run[Symbol.dispose]();
    this.#execution.stop.signal.removeEventListener('abort', this.#stop);
  }

  /**
   * Runs the function until it ends, or nothing but waits is open.
   *
   * @throws Interruption
   */
  async run(): Promise<Ending> {
    const ending = await Promise.race([this.#callFunction(), this.#parked.promise, this.#interrupted.promise]);
    if (ending.kind === 'waits') return ending;
    this.#isOver = true;
    if (!this.#lookup.isComplete) throw new NotFinished('function_changed', { needsPerson: true });
    // From here on compensation undoes: neither a step nor an undo of the function's begins beside it.
    if (ending.kind === 'threw') this.#forward.abort();
    // A step that the function did not wait for decides as well.
    else await Promise.race([Promise.allSettled(this.#open), this.#interrupted.promise]);
    return this.#lateFailure ? { kind: 'threw', ...this.#lateFailure } : ending;
  }

  /** Tells the steps that are still running to end, and waits until they have, for a time. */
  async endSteps(withinMs: number): Promise<void> {
    this.#forward.abort();
    const { attempts } = this.#execution.surroundings;
    await Promise.allSettled(this.#open);
    await attempts.stepsSettled(this.id, withinMs, this.#execution.stop.signal);
  }

  /** Undoes what failed steps may have left behind, for the function went on without them. */
  undoFailedSteps(): Promise<void> {
    return this.#steps.undoFailed(this.#execution.stop.signal);
  }

  /** For how long the function has waited for nothing of the engine's, in milliseconds. */
  get idleMs(): number {
    return this.#isOver || this.#isWaiting || this.#open.size > 0 ? 0 : performance.now() - this.#idleSince;
  }

  /** Ends the run, without a word to the function. */
  interrupt(error: Interruption): void {
    this.#isOver = true;
    this.#forward.abort();
    this.#run.abort();
    this.#interrupted.reject(error);
  }

  step<Input, Result, Secret>(
    step: Step<Input, Result, Secret>,
    input: Input,
    { key }: { key?: string } = {},
  ): Promise<Result> {
    const names = [step.name, ...(step.formerly ?? [])];
    const work = () => this.#steps.call(step as unknown as AnyStep, input, key);
    return this.#guard(work, () => this.#orderOf(names, key)) as Promise<Result>;
  }

  async sleep(name: string, duration: Duration): Promise<void> {
    await this.#wait(name, () => this.#waits.sleep(name, duration));
  }

  waitFor<Payload extends Json>(name: string, { timeout }: { timeout: Duration }): Promise<Payload> {
    return this.#wait(name, () => this.#waits.waitFor(name, timeout)) as Promise<Payload>;
  }

  #wait(name: string, work: () => Promise<{ payload: Json } | undefined>): Promise<Json> {
    const payload = async () => {
      const came = await work();
      if (!came) throw new StillWaiting();
      return came.payload;
    };
    return this.#guard(payload, () => this.#orderOf([name], undefined));
  }

  #orderOf(names: readonly string[], key: string | undefined): number {
    const { steps } = this.#execution.next;
    return steps.find((entry) => names.includes(entry.name) && entry.key === key)?.order ?? 0;
  }

  async #callFunction(): Promise<Ending> {
    const { definition, record } = this.#execution;
    try {
      const input = copyJson(record.input, 'input', Number.POSITIVE_INFINITY);
      const result = await definition.run(this, input);
      return { kind: 'returned', result: copyJson(result, `${record.name}, result`, definition.maxValueBytes) };
    } catch (error) {
      return { kind: 'threw', error };
    }
  }

  /** Keeps interruptions from the function, and keeps what it does after its end from the log. */
  #guard<Result>(work: () => Promise<Result>, order: () => number): Promise<Result> {
    if (this.#isOver) return new Promise(() => {});
    const told = Promise.withResolvers<void>();
    this.#open.add(told.promise);
    const close = () => {
      this.#close(told.promise);
      told.resolve();
    };
    const guarded = new Promise<Result>((resolve, reject) => {
      const deliver = (tell: () => void) =>
        this.#deliveries.hand(order(), () => {
          close();
          tell();
        });
      work().then(
        (value) => deliver(() => resolve(value)),
        (error) => {
          if (error instanceof StillWaiting) this.#isWaiting = true;
          if (error instanceof StillWaiting || error instanceof Interruption) close();
          else deliver(() => this.#fail(error, reject));
          if (error instanceof Interruption) this.interrupt(error);
        },
      );
    });
    // A rejection that nobody handles would end the process.
    guarded.catch(() => {});
    return guarded;
  }

  #fail(error: unknown, reject: (error: unknown) => void): void {
    if (this.#isOver) this.#lateFailure ??= { error };
    else reject(error);
  }

  #close(call: Promise<void>): void {
    this.#open.delete(call);
    this.#idleSince = performance.now();
    if (this.#isOver || (!this.#isWaiting && this.#open.size === 0)) return;
    // What goes on beside it may take long.
    this.#execution.writeSoon((error) => this.interrupt(error));
    if (this.#isWaiting && this.#open.size === 0) setImmediate(() => this.#parkIfQuiet());
  }

  #parkIfQuiet(): void {
    if (this.#open.size === 0 && !this.#isOver) this.#parked.resolve({ kind: 'waits' });
  }
}
