export type { MissingDefinition } from './check-log.ts';
export {
  type AnySaga,
  type AnyStep,
  abandon,
  defineSaga,
  defineStep,
  type Saga,
  type SagaDefinition,
  type SagaOptions,
  type Step,
  type StepCall,
  type StepOptions,
} from './definition.ts';
export type { Duration } from './duration.ts';
export {
  type Failure,
  type FailureTraits,
  NotPossible,
  OutcomeUnknown,
  Refusal,
  refused,
  SagaMisuse,
  SagaNotFound,
  StepFailed,
} from './errors.ts';
export type { SagaHandle } from './handle.ts';
export type { Json, Jsonable } from './json.ts';
export type { SagaFilter, SagaPage } from './log.ts';
export type { Mover } from './operations.ts';
export { type Outcome, outcomeOf } from './outcome.ts';
export type { ErrorOrigin, Logger, Observe, OnError, SagaEvent, Tracer } from './ports.ts';
export { hasOutcome, isEnded, type Move, type SagaRecord, type StepRecord, type UndoRecord } from './record.ts';
export { type RedactionOptions, redactSaga } from './redaction.ts';
export type { Resolution } from './resolution.ts';
export type { RetryOptions } from './retry.ts';
export { openSagas, type Sagas, type SagasOptions } from './sagas.ts';
export type { SpanIds } from './span-ids.ts';
export type { StartOptions } from './starting.ts';
export { ENDED_STATUSES, type SagaStatus } from './status.ts';
export { type SagaTables, sagaMigrations } from './tables.ts';
export type { SetTimer, Timer, Timers } from './timers.ts';
export { Volatile } from './volatile.ts';
