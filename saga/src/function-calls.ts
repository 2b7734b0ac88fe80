import { Deliveries } from './deliveries.ts';
import { Interruption } from './errors.ts';
import type { Execution } from './execution.ts';
import type { Json } from './json.ts';

/** What a call of the function is found by in the log. */
export interface LoggedCall {
  readonly names: readonly string[];
  readonly key: string | undefined;
}

/** A wait has not come to its end: the function's call stays open. */
class StillWaiting extends Error {}

/**
 * The calls that a saga's function has open. What interrupts the run is not told to the function, whose calls then stay
 * open, and what it calls after its end does not reach the log.
 */
export class FunctionCalls {
  readonly #execution: Execution;
  readonly #deliveries = new Deliveries();
  readonly #interrupted = Promise.withResolvers<never>();
  readonly #quiet = Promise.withResolvers<void>();
  /** Those of whose end the function has not been told, but for waits. */
  readonly #open = new Set<Promise<void>>();
  #isWaiting = false;
  #isOver = false;
  #idleSince: number;
  #lateFailure: { error: unknown } | undefined;

  constructor(execution: Execution) {
    this.#execution = execution;
    this.#idleSince = this.#monotonic();
    this.#interrupted.promise.catch(() => {});
  }

  /** Rejects when the run is interrupted. */
  get interrupted(): Promise<never> {
    return this.#interrupted.promise;
  }

  /** Resolves when nothing but waits is open. */
  get quiet(): Promise<void> {
    return this.#quiet.promise;
  }

  /** The failure of a call that the function did not wait for. */
  get lateFailure(): { error: unknown } | undefined {
    return this.#lateFailure;
  }

  /** For how long the function has waited for nothing of the engine's, in milliseconds. */
  get idleMs(): number {
    return this.#isOver || this.#isWaiting || this.#open.size > 0 ? 0 : this.#monotonic() - this.#idleSince;
  }

  /** The function has ended: what it calls from here on has no effect. */
  end(): void {
    this.#isOver = true;
  }

  /** Ends the run, without a word to the function. Its steps are told to end, and have not failed by that. */
  interrupt(error: Interruption): void {
    this.#isOver = true;
    this.#execution.stop.abort(error);
    this.#interrupted.reject(error);
  }

  /** Whether the function has not been told of the end of all its calls, but for waits. */
  get areOpen(): boolean {
    return this.#open.size > 0;
  }

  /** Resolves when the calls that are open now have ended. */
  async settled(): Promise<void> {
    if (this.areOpen) await Promise.allSettled(this.#open);
  }

  /** Makes a call that may wait beyond this run. */
  wait(call: LoggedCall, work: () => Promise<{ payload: Json } | undefined>): Promise<Json> {
    return this.make(call, async () => {
      const came = await work();
      if (!came) throw new StillWaiting();
      return came.payload;
    });
  }

  /** Makes a call, and tells the function of its end in the order in which calls have ended. */
  make<Result>(call: LoggedCall, work: () => Promise<Result>): Promise<Result> {
    if (this.#isOver) return new Promise(() => {});
    const told = Promise.withResolvers<void>();
    this.#open.add(told.promise);
    const close = () => {
      this.#close(told.promise);
      told.resolve();
    };
    const made = new Promise<Result>((resolve, reject) => {
      const deliver = (tell: () => void) =>
        this.#deliveries.hand(this.#orderOf(call), () => {
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
    made.catch(() => {});
    return made;
  }

  #orderOf({ names, key }: LoggedCall): number {
    const { steps } = this.#execution.staged;
    return steps.find((entry) => names.includes(entry.name) && entry.key === key)?.order ?? 0;
  }

  #fail(error: unknown, reject: (error: unknown) => void): void {
    if (this.#isOver) this.#lateFailure ??= { error };
    else reject(error);
  }

  #close(call: Promise<void>): void {
    this.#open.delete(call);
    this.#idleSince = this.#monotonic();
    if (this.#isOver || (!this.#isWaiting && this.#open.size === 0)) return;
    // Parking writes as well.
    if (this.#isWaiting && this.#open.size === 0) setImmediate(() => this.#parkIfQuiet());
    // What goes on beside it may take long.
    else this.#execution.writeSoon((error) => this.interrupt(error));
  }

  #parkIfQuiet(): void {
    if (this.#open.size === 0) this.#quiet.resolve();
  }

  #monotonic(): number {
    return this.#execution.surroundings.clock.monotonic();
  }
}
