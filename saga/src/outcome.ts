import type { Failure } from './errors.ts';
import { hasOutcome, type SagaRecord } from './record.ts';

/** How a saga ends; final once it is on disk, which may be long before the last undo is done. */
export type Outcome<Result> =
  | { readonly completed: true; readonly result: Result; readonly failure: null; readonly saga: SagaRecord }
  | { readonly completed: false; readonly result: null; readonly failure: Failure; readonly saga: SagaRecord };

const CANCELLED: Failure = { step: null, code: 'cancelled', data: null };

/** The outcome in a record; undefined while there is none. */
export function outcomeOf<Result>(saga: SagaRecord): Outcome<Result> | undefined {
  if (!hasOutcome(saga)) return undefined;
  if (saga.goal === 'complete') return { completed: true, result: saga.result as Result, failure: null, saga };
  return { completed: false, result: null, failure: saga.failure ?? CANCELLED, saga };
}
