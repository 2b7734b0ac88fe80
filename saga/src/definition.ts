import { type Duration, toMilliseconds } from './duration.ts';
import { SagaMisuse } from './errors.ts';
import type { SagaHooks } from './hooks.ts';
import type { Json, JsonPayload, JsonRun } from './json.ts';
import type { RetryOptions } from './retry.ts';
import type { Volatile } from './volatile.ts';

/** What one attempt at a step, or at its undo, gets. */
export interface StepCall<Input, Secret = unknown> {
  /** The saga's id, minted before anything is sent: with `key`, the idempotency key of the step's effect. */
  readonly id: string;
  /** Tells one use of the step from another in the same saga; undefined where the function gave none. */
  readonly key: string | undefined;
  /** A copy: what the step does to it reaches neither the log nor the undo. */
  readonly input: Input;
  /** Never in the log; reading `value` throws a `Refusal` where the run that held it is over. */
  readonly secret: Pick<Volatile<Secret>, 'value'>;
  /** Aborts at the attempt's time limit, at the saga's deadline and when the saga is rolled back or moved. */
  readonly signal: AbortSignal;
  /** 1 for the first attempt at this step, then 2, 3 …; one that a crash cut short may not be counted. */
  readonly attempt: number;
}

export interface StepOptions<Input, Result, Secret = unknown> {
  /**
   * Does the step. It is retried after any failure that is not a `Refusal`, and after a crash, so it must be idempotent:
   * address its effect by `id` and `key`. The result must be JSON.
   */
  run(call: StepCall<Input, Secret>): Promise<Result>;
  /**
   * Undoes the step. It is registered on disk before `run` begins, and may come when `run` did nothing, is still under
   * way or was undone before: it must succeed in all three cases. `result` is what the step returned, where it is known
   * to have ended.
   */
  undo?(call: StepCall<Input, Secret> & { readonly result?: NoInfer<Result> }): Promise<unknown>;
  /**
   * Finds out, after a crash in the middle of `run`, what became of it, where a second run is out of the question.
   *
   * @returns the step's result, or undefined to roll the saga back. Without `recover` the step is run again.
   * @throws Refusal where the step is known to have been refused; any other error is asked about again
   */
  recover?(call: StepCall<Input, Secret>): Promise<NoInfer<Result> | undefined>;
  /** How long one attempt may take, in milliseconds; 30,000 where it is left out. */
  timeoutMs?: number;
  /** Waits between attempts; 50 ms, doubled up to 1 s, where it is left out. */
  retry?: RetryOptions;
  /** As `timeoutMs`, for one attempt at the undo; 10,000 where it is left out. */
  undoTimeoutMs?: number;
  undoRetry?: RetryOptions;
  /** Once the step is done the saga goes forward only. */
  pivot?: boolean;
  /** Names that the step had in logs of earlier versions. */
  formerly?: readonly string[];
}

/** A declared step. */
export interface Step<Input, Result, Secret = unknown> extends StepOptions<Input, Result, Secret> {
  readonly name: string;
}

/** A step of whatever types. */
export type AnyStep = Step<never, unknown, never>;

/** What a saga's function runs its steps with. Everything it awaits must be one of these. */
export interface Saga<Secret = unknown> {
  readonly id: string;
  /**
   * Runs a declared step once, or returns what it returned before a crash. Steps begun together run together.
   *
   * @param options `key` where the function uses the step more than once
   * @throws Refusal, StepFailed once the step has failed for good
   */
  step<Input, Result>(step: Step<Input, Result, Secret>, input: Input, options?: { key?: string }): Promise<Result>;
  /** Waits, across crashes, without costing more than a row. */
  sleep(name: string, duration: Duration): Promise<void>;
  /**
   * Waits for an event that `sagas.signal` brings; one that came before counts.
   *
   * @param options `key` where the function waits for events of one name more than once
   * @returns the event's payload
   * @throws StepFailed `timed_out`
   */
  waitFor<Payload = Json>(name: string, options: { timeout: Duration; key?: string }): Promise<JsonPayload<Payload>>;
  /**
   * Starts another saga and waits until its outcome is final. If this saga is rolled back, that one is cancelled.
   *
   * @param options `key` where the function starts sagas of one name more than once
   * @returns the other saga's result
   * @throws Refusal with the code of the other saga's failure; it has left, or leaves, nothing behind
   */
  child<Input, Result>(
    definition: SagaDefinition<Input, Result, never>,
    input: NoInfer<Input>,
    options?: { key?: string },
  ): Promise<Result>;
}

export interface SagaOptions<Input, Result, Secret, Tables> extends SagaHooks<NoInfer<Result>, Tables> {
  /** 1 where it is left out. A worker claims only the names and versions that it was given. */
  version?: number;
  /** Every step that `run` calls. */
  steps: readonly AnyStep[];
  /** Steps that `run` no longer calls and that logs may still hold: their undos. */
  retired?: readonly AnyStep[];
  /** How long one run may go forward, in milliseconds; waiting does not count. 60,000 where it is left out. */
  deadlineMs?: number;
  /** How long an ended saga is kept, such as `90d`; without end where it is left out. */
  retention?: Duration;
  /** How many bytes one input or result may take as JSON; 256 KiB where it is left out. */
  maxValueBytes?: number;
  /** Plain code whose every effect is a step. What it does between steps must come out the same when it is replayed. */
  run(saga: Saga<Secret>, input: Input): Promise<Result>;
}

/** A saga's function with its name, version and steps. */
export interface SagaDefinition<Input = unknown, Result = unknown, Secret = unknown>
  extends SagaHooks<Result, unknown> {
  readonly name: string;
  readonly version: number;
  readonly deadlineMs: number;
  readonly retentionMs: number | undefined;
  readonly maxValueBytes: number | undefined;
  /** By each name that a log may have them under, those formerly used included. */
  readonly steps: ReadonlyMap<string, AnyStep>;
  run(saga: Saga<Secret>, input: Input): Promise<Result>;
}

/** A definition of whatever types. */
export type AnySaga = SagaDefinition<never, unknown, never>;

const DEFAULT_DEADLINE_MS = 60_000;
const NAME = /^[^\p{Cc}]{1,100}$/u;

/**
 * Declares a step.
 *
 * @param name kept in the log; a step that is renamed says so with `formerly`
 * @throws SagaMisuse `bad_name`
 */
export function defineStep<Input, Result, Secret = unknown>(
  name: string,
  options: StepOptions<Input, Result, Secret> & JsonRun<Input, Result>,
): Step<Input, Result, Secret> {
  assertName(name);
  return { ...options, name };
}

/**
 * Declares a saga.
 *
 * @param name kept in the log, with the version
 * @throws SagaMisuse `bad_name`, `duplicate_step`; RangeError for a duration that is none
 */
export function defineSaga<Input, Result, Secret = unknown, Tables = unknown>(
  name: string,
  options: SagaOptions<Input, Result, Secret, Tables> & JsonRun<Input, Result>,
): SagaDefinition<Input, Result, Secret> {
  assertName(name);
  const { version = 1, deadlineMs = DEFAULT_DEADLINE_MS, retention, maxValueBytes, run } = options;
  const { onOutcome, onEnd, onRemove } = options;
  const hooks = { ...(onOutcome && { onOutcome }), ...(onEnd && { onEnd }), ...(onRemove && { onRemove }) };
  return {
    name,
    version,
    deadlineMs,
    maxValueBytes,
    retentionMs: retention === undefined ? undefined : toMilliseconds(retention),
    steps: byName(name, [...options.steps, ...(options.retired ?? [])]),
    run,
    // Kysely's types cannot say that a wider store serves a narrower need.
    ...(hooks as SagaHooks<Result, unknown>),
  };
}

/** For `recover`: a step that a crash interrupted is not resumed; the saga is rolled back. */
export async function abandon(): Promise<undefined> {
  return undefined;
}

function assertName(name: string): void {
  if (!NAME.test(name)) throw new SagaMisuse('bad_name', 'a name has 1 to 100 characters and no control character');
}

function byName(saga: string, steps: readonly AnyStep[]): ReadonlyMap<string, AnyStep> {
  const named = new Map<string, AnyStep>();
  for (const step of steps) {
    for (const name of [step.name, ...(step.formerly ?? [])]) {
      const other = named.get(name);
      if (other && other !== step) throw new SagaMisuse('duplicate_step', `${saga} has two steps named ${name}`);
      named.set(name, step);
    }
  }
  return named;
}
