import { NotPossible } from './errors.ts';
import type { Json } from './json.ts';
import { hasOutcome, isEnded, isPastPivot, type SagaRecord, type StepRecord } from './record.ts';
import { activeStatus, endStep, endUndo, failStep, rollBack } from './transitions.ts';

// What an operator may do to a saga, as pure transitions. Undefined: it is as wanted already.

const CANCELLED = { step: null, code: 'cancelled', data: null };

/** @throws NotPossible `past_pivot`, `wrong_status` */
export function cancelled(record: SagaRecord, at: number): SagaRecord | undefined {
  if (record.goal === 'cancel') return undefined;
  const isOnItsWayBack = hasOutcome(record) && record.status !== 'completed';
  if (isOnItsWayBack) throw new NotPossible(record.status);
  if (cannotTurnBack(record)) throw new NotPossible(record.status, 'past_pivot');
  return rollBack(record, 'cancel', record.status === 'completed' ? null : CANCELLED, at);
}

function cannotTurnBack(record: SagaRecord): boolean {
  const hasNoWayBack = ({ pivot, status, undo }: StepRecord) => pivot === true && undo === null && status !== 'failed';
  const hasEnded = record.status === 'completed';
  return record.steps.some(hasNoWayBack) || (!hasEnded && isPastPivot(record));
}

/** @throws NotPossible */
export function retried(record: SagaRecord): SagaRecord {
  if (record.status !== 'stuck') throw new NotPossible(record.status);
  return record;
}

/** @throws NotPossible for a saga that has ended */
export function paused(record: SagaRecord): SagaRecord | undefined {
  if (record.status === 'paused') return undefined;
  if (isEnded(record)) throw new NotPossible(record.status, 'saga_ended');
  return { ...record, status: 'paused' };
}

/** @throws NotPossible */
export function resumed(record: SagaRecord, at: number): SagaRecord {
  if (record.status !== 'paused') throw new NotPossible(record.status);
  return { ...record, status: activeStatus(record), progressAt: at, reschedules: 0, reason: null };
}

/** What an operator says has become of a step that no retry can settle. */
export interface Resolution {
  /** The step's name. */
  step: string;
  key?: string;
  /** `done`: it had its effect, and `result` is what it would have returned. `undone`: it left nothing behind. */
  as: 'done' | 'undone';
  result?: Json;
}

/** @throws NotPossible where there is no such step, or nothing about it is open */
export function resolved(record: SagaRecord, { step, key, as, result = null }: Resolution, at: number): SagaRecord {
  if (isEnded(record)) throw new NotPossible(record.status, 'saga_ended');
  const index = record.steps.findIndex((entry) => entry.name === step && entry.key === key);
  const entry = record.steps[index];
  if (!entry || entry.kind !== undefined) throw new NotPossible(record.status, 'step_unknown');
  const undoIsOpen = entry.undo !== null && entry.undo.status !== 'registered' && entry.undo.status !== 'done';
  if (as === 'undone' && undoIsOpen) return activeAgain(endUndo(record, index, at));
  if (entry.status !== 'running' || record.goal !== 'complete') throw new NotPossible(record.status, 'step_settled');
  if (as === 'done') return activeAgain(endStep(record, index, result, at));
  const failure = { mayHaveHappened: false, refused: true, code: 'resolved_undone', data: null, at };
  return activeAgain(failStep(record, index, failure));
}

const activeAgain = (record: SagaRecord): SagaRecord =>
  record.status === 'paused' ? record : { ...record, status: activeStatus(record) };
