import type { Json } from './json.ts';
import type { SagaStatus } from './status.ts';

/**
 * What the engine wants to know of an error that a step throws. An error says so by having these members. One that says
 * nothing may have had its effect and may be retried, which is the safe thing to believe.
 */
export interface FailureTraits {
  /** Short and stable, for programs and operators; kept in the log. */
  readonly code: string;
  /** True where it is certain that the step changed nothing, so that it need not be undone. */
  readonly noSideEffect: boolean;
  /** Whether the same call may succeed a moment later. */
  readonly retryable: boolean;
}

/** Why a saga, or a step of it, failed. */
export interface Failure {
  /** The step that failed; null where the function itself threw between two steps. */
  readonly step: string | null;
  readonly code: string;
  /** What the error came with as `data`. */
  readonly data: Json;
}

/**
 * A definite no: the step did nothing and never will, so it is neither retried nor undone. `code` and `data` survive a
 * crash; the message does not, because it may hold what must not be kept.
 */
export class Refusal extends Error implements FailureTraits {
  override name = 'Refusal';
  readonly noSideEffect = true;
  readonly retryable = false;
  readonly code: string;
  readonly data: Json;
  /** The step that was refused, once the engine has passed the refusal on to the saga's function. */
  readonly step: string | null;

  constructor(code: string, data: Json = null, { step, ...options }: { step?: string } & ErrorOptions = {}) {
    super(code, options);
    this.code = code;
    this.data = data;
    this.step = step ?? null;
  }
}

/** What a saga's function catches where a step failed other than by a `Refusal`, or where a wait timed out. */
export class StepFailed extends Error {
  override name = 'StepFailed';
  readonly step: string;
  readonly code: string;
  readonly data: Json;

  constructor({ step, code, data }: { step: string; code: string; data: Json }, options?: ErrorOptions) {
    super(`${step}: ${code}`, options);
    this.step = step;
    this.code = code;
    this.data = data;
  }
}

/**
 * For `catch`: goes on with an alternative where a step was refused with this code, and throws anything else again.
 *
 * @example saga.step(hotelA, trip).catch(refused('full', () => saga.step(hotelB, trip)))
 */
export function refused<Result>(code: string, then: () => Promise<Result>): (error: unknown) => Promise<Result> {
  return async (error) => {
    if (error instanceof Refusal && error.code === code) return then();
    throw error;
  };
}

/** The function or the caller uses the engine in a way that cannot work; the message says how. */
export class SagaMisuse extends Error implements FailureTraits {
  override name = 'SagaMisuse';
  readonly noSideEffect = false;
  readonly retryable = false;
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Thrown when a saga is not in a state in which it can be moved so; nothing was changed. */
export class NotPossible extends Error {
  override name = 'NotPossible';
  readonly status: SagaStatus;
  /** `wrong_status`, `past_pivot`, `saga_ended`, `definition_unknown`, `step_unknown`, `step_settled` or `too_busy`. */
  readonly code: string;

  constructor(status: SagaStatus, code = 'wrong_status') {
    super(`not possible for a saga that is ${status}: ${code}`);
    this.status = status;
    this.code = code;
  }
}

/** Thrown when no saga has the id. */
export class SagaNotFound extends Error {
  override name = 'SagaNotFound';
  readonly code = 'saga_not_found';
}

/** Thrown when the caller stops waiting before the log says how the saga ends. It may still end either way. */
export class OutcomeUnknown extends Error {
  override name = 'OutcomeUnknown';
  readonly code = 'outcome_unknown';
}

/** Ends a run rather than its saga. The function never sees one: its call stays open. */
export class Interruption extends Error {
  override name = 'Interruption';
}

/** Another worker has claimed the saga, or an operator has moved it: this run must write nothing more. */
export class LeaseLost extends Interruption {
  override name = 'LeaseLost';
}

/** A write failed; the log stays as it was. */
export class WriteFailed extends Interruption {
  override name = 'WriteFailed';
}

/** The run cannot bring its saga to an end for now: it is rescheduled. */
export class NotFinished extends Interruption {
  override name = 'NotFinished';
  readonly code: string;
  readonly step: string | null;
  /** Whether a retry cannot help before a person or another version of the code does. */
  readonly needsPerson: boolean;

  constructor(
    code: string,
    {
      step = null,
      needsPerson = false,
      ...options
    }: { step?: string | null; needsPerson?: boolean } & ErrorOptions = {},
  ) {
    super(step === null ? code : `${code}: ${step}`, options);
    this.code = code;
    this.step = step;
    this.needsPerson = needsPerson;
  }
}

const UNEXPECTED = 'unexpected_error';
const MAX_DATA_CHARACTERS = 16_384;
const CODE = /^[\w.:-]{1,100}$/;

/** What an error says of itself, with the safe belief for what it does not say. */
export interface Traits extends FailureTraits {
  readonly data: Json;
  /** Whether it says nothing: a bug, most likely. */
  readonly unexpected: boolean;
}

/** Reads the traits off an error. */
export function traitsOf(error: unknown): Traits {
  const said: Partial<Record<keyof Traits, unknown>> = error instanceof Error ? (error as object) : {};
  const declared = typeof said.noSideEffect === 'boolean' || typeof said.retryable === 'boolean';
  return {
    code: typeof said.code === 'string' && CODE.test(said.code) ? said.code : UNEXPECTED,
    noSideEffect: said.noSideEffect === true,
    retryable: said.retryable !== false,
    data: toData(said.data),
    unexpected: !declared || error instanceof SagaMisuse,
  };
}

// What an error carries that is no JSON is no reason to fail once more.
function toData(data: unknown): Json {
  try {
    const text = JSON.stringify(data) ?? 'null';
    return text.length > MAX_DATA_CHARACTERS ? null : (JSON.parse(text) as Json);
  } catch {
    return null;
  }
}

/**
 * The failure that an error means for a saga.
 *
 * @param step where the error is not one that the engine has passed on
 */
export function failureOf(error: unknown, step: string | null = null): Failure {
  const { code, data } = traitsOf(error);
  const passedOn = error instanceof StepFailed || error instanceof Refusal ? error.step : null;
  return { step: passedOn ?? step, code, data };
}

/** Whether it is the function's own error and nothing foresaw it. A step's was reported when the step failed. */
export const isFunctionsBug = (error: unknown): boolean => traitsOf(error).unexpected && failureOf(error).step === null;
