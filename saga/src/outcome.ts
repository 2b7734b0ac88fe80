import type { Failure } from './errors.ts';
import { hasOutcome, type SagaRecord } from './record.ts';

/**
 * Whether a saga completes. It is final once it is on disk, which may be long before the last undo is done, and an
 * operator's cancellation of a completed saga does not change it.
 */
export type Outcome<Result> =
  | { readonly completed: true; readonly result: Result; readonly failure: null; readonly saga: SagaRecord }
  | { readonly completed: false; readonly result: null; readonly failure: Failure; readonly saga: SagaRecord };

/** The outcome in a record; undefined while there is none. */
export function outcomeOf<Result>(saga: SagaRecord): Outcome<Result> | undefined {
  if (!hasOutcome(saga)) return undefined;
  // One that was cancelled after it had completed has completed: its client was told so.
  if (!saga.failure) return { completed: true, result: saga.result as Result, failure: null, saga };
  return { completed: false, result: null, failure: saga.failure, saga };
}
