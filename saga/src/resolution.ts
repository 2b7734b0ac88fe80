import { NotPossible } from './errors.ts';
import type { Json } from './json.ts';
import { isEnded, type SagaRecord, type StepRecord } from './record.ts';
import { activeStatus, endStep, endUndo, failStep, overrule } from './transitions.ts';

/** What an operator says has become of a step or a wait that no retry can settle. */
export interface Resolution {
  /** The name of the step, of the wait, or of the saga that was started. */
  step: string;
  key?: string;
  /**
   * `done`: the step had its effect, and `result` is what it would have returned; for a wait, `result` is the payload of the
   * event that did not come. `undone`: the step left nothing behind; a wait has timed out.
   */
  as: 'done' | 'undone';
  result?: Json;
}

/**
 * @throws NotPossible `saga_ended`; `step_unknown`; `step_settled` where nothing about the step is open; `wrong_status` for a
 * step of a saga that is neither stuck nor paused
 */
export function resolved(record: SagaRecord, resolution: Resolution, at: number): SagaRecord {
  if (isEnded(record)) throw new NotPossible(record.status, 'saga_ended');
  const { step, key } = resolution;
  const index = record.steps.findIndex((entry) => entry.name === step && entry.key === key);
  const entry = record.steps[index];
  if (!entry) throw new NotPossible(record.status, 'step_unknown');
  const settle = entry.kind === undefined ? settleStep : settleWait;
  const settled = settle(record, { ...resolution, index, entry, at });
  if (!settled) throw new NotPossible(record.status, 'step_settled');
  if (entry.kind === undefined && isTried(record)) throw new NotPossible(record.status);
  return record.status === 'paused' ? { ...settled, status: 'paused' } : { ...settled, status: activeStatus(settled) };
}

/** Whether the next attempt at a step may settle it, and not as an operator would. */
const isTried = ({ status }: SagaRecord): boolean => status !== 'stuck' && status !== 'paused';

interface Settling extends Resolution {
  index: number;
  entry: StepRecord;
  at: number;
}

function settleStep(record: SagaRecord, { index, entry: { undo, status }, as, result = null, at }: Settling) {
  const undoIsOpen = undo !== null && undo.status !== 'registered' && undo.status !== 'done';
  if (as === 'undone' && undoIsOpen) return endUndo(record, index, at);
  if (status !== 'running' || record.goal !== 'complete') return undefined;
  if (as === 'done') return endStep(record, index, result, at);
  const failure = { mayHaveHappened: false, refused: true, code: 'resolved_undone', data: null, at };
  return failStep(record, index, failure);
}

/** One that is under way, or that has failed past the pivot, which nothing but another result gets the saga over. */
function settleWait(record: SagaRecord, { index, entry, as, result = null, at }: Settling) {
  if (record.goal !== 'complete') return undefined;
  if (as === 'done' && isStuckOn(record, entry)) return overrule(record, index, result, at);
  // A saga that was started goes its own way until it has ended.
  if (entry.status !== 'running' || entry.kind === 'child') return undefined;
  if (as === 'done') return endStep(record, index, result, at);
  if (entry.kind !== 'wait') return undefined;
  return failStep(record, index, { mayHaveHappened: false, refused: false, code: 'timed_out', data: null, at });
}

/** Whether this failure, and none that the function has caught, is why the saga cannot go on. */
function isStuckOn({ reason, steps }: SagaRecord, { name, status, code, order = 0 }: StepRecord): boolean {
  if (status !== 'failed' || reason?.step !== name || reason.code !== code) return false;
  return steps.every((other) => other.name !== name || other.status !== 'failed' || (other.order ?? 0) <= order);
}
