import { NotPossible } from './errors.ts';
import { hasOutcome, isEnded, isPastPivot, type SagaRecord, type StepRecord } from './record.ts';
import { activeStatus, rollBack } from './transitions.ts';

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
