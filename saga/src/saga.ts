import type { Volatile } from './volatile.ts';

/** One try of one call. */
export interface Attempt {
  /** Aborts when the saga's deadline passes, or an undo has taken too long; hand it to whatever the step waits for. */
  readonly signal: AbortSignal;
}

/** One step of a saga, and how it is undone. */
export interface Step<Result> {
  /**
   * Does the step. It is repeated after any failure that is not a `Refusal`, and after a crash, so it must be idempotent:
   * address its effect by the saga's id. The result must be JSON.
   */
  run(attempt: Attempt): Promise<Result>;
  /**
   * Undoes the step. It is registered on disk before `run` begins and may come when `run` did nothing, is still under way
   * or was undone before; it must succeed in all three cases.
   *
   * @param result what the step returned, where it is known to have come to its end
   */
  undo?(attempt: Attempt, result?: Result): Promise<unknown>;
  /**
   * Finds out, after a crash in the middle of `run`, what became of it, where running it again is out of the question.
   *
   * @returns the step's result, or undefined to unwind the saga. Without `recover` the step is run again.
   */
  recover?(attempt: Attempt): Promise<Result | undefined>;
}

/** What a story gets to tell itself with. */
export interface Saga {
  /** Minted before anything is sent: the idempotency key of every step, and what every undo is addressed by. */
  readonly id: string;
  /**
   * Runs a step once, or returns what it returned before a crash. Steps come one after the other, never side by side.
   *
   * @throws what the step threw in the end; the story is over then and unwinds, last step first
   */
  step<Result>(name: string, step: Step<Result>): Promise<Result>;
}

/** A story: plain code whose every effect is a step. What it does between steps must come out the same when it is told again. */
export type Story<Input, Secret, Result> = (saga: Saga, input: Input, secret: Volatile<Secret>) => Promise<Result>;

export interface SagaDefinition<Input = unknown, Secret = unknown, Result = unknown> {
  readonly name: string;
  readonly tell: Story<Input, Secret, Result>;
}

/**
 * Names a story so that it can be taken up again after a crash.
 *
 * @param name kept in the log; a saga in flight is lost to a story that is renamed
 */
export function defineSaga<Input, Secret, Result>(
  name: string,
  tell: Story<Input, Secret, Result>,
): SagaDefinition<Input, Secret, Result> {
  return { name, tell };
}

/** For `recover`: a step that a crash interrupted is not taken up again, the saga unwinds instead. */
export async function abandon(): Promise<undefined> {
  return undefined;
}
