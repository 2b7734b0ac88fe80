import { type Move, outcomeOf, type SagaRecord, type StepRecord } from 'durable-saga';

const hasFailed = ({ status }: StepRecord): boolean => status === 'failed' || status === 'unknown';

const wasCalledFor = ({ undo }: StepRecord): boolean => undo !== null && undo.status !== 'registered';

/** The operator's move that turned the saga round; undefined where none did, or the log is from before moves were kept. */
export const cancellationOf = ({ goal, history }: SagaRecord): Move | undefined =>
  goal === 'cancel' ? history.findLast(({ move }) => move === 'cancel') : undefined;

/** The step whose failure turned the saga round. */
export const decisiveStep = ({ goal, failure, steps }: SagaRecord): StepRecord | undefined =>
  goal === 'undo' ? steps.findLast((step) => step.name === failure?.step && hasFailed(step)) : undefined;

/** When the saga turned round, in milliseconds since the epoch; null where it has not, or the log cannot tell. */
export function turnedAt(saga: SagaRecord): number | null {
  if (saga.goal === 'complete') return null;
  const known = cancellationOf(saga)?.at ?? decisiveStep(saga)?.endedAt;
  if (known !== undefined && known !== null) return known;
  const undos = saga.steps.flatMap((step) => (isUndoneOnTheWayOut(saga, step) ? [] : (step.undo?.startedAt ?? [])));
  return undos.length === 0 ? null : Math.min(...undos);
}

/** Whether the step's undo ran before the function went on, because the step may have had its effect. */
export function isUndoneOnTheWayOut(saga: SagaRecord, step: StepRecord): boolean {
  if (step.status !== 'unknown' || !wasCalledFor(step)) return false;
  if (saga.goal === 'complete') return true;
  const endedAt = step.undo?.endedAt ?? Number.POSITIVE_INFINITY;
  const decisive = decisiveStep(saga);
  const known = cancellationOf(saga)?.at ?? (decisive === step ? null : decisive?.endedAt) ?? Number.NEGATIVE_INFINITY;
  return endedAt <= known || saga.steps.some((later) => (later.startedAt ?? 0) >= endedAt);
}

/** Whether it ended with the step that turned the saga round, or after it: it could not be caught any more. */
function endedWithTheTurn(saga: SagaRecord, { endedAt }: StepRecord): boolean {
  const decisive = decisiveStep(saga);
  return decisive !== undefined && (endedAt ?? Number.POSITIVE_INFINITY) >= (decisive.endedAt ?? 0);
}

/** Whether the step failed and the function went on without it. */
export function isCaught(saga: SagaRecord, step: StepRecord): boolean {
  if (!hasFailed(step) || step.endedAt === null) return false;
  if (outcomeOf(saga)?.completed || isUndoneOnTheWayOut(saga, step)) return true;
  if (endedWithTheTurn(saga, step)) return false;
  const { endedAt } = step;
  return saga.steps.slice(saga.steps.indexOf(step) + 1).some(({ startedAt }) => (startedAt ?? 0) >= endedAt);
}
