import type { SagaRecord, StepRecord } from 'durable-saga';
import { sayStepAmong } from './payment-words.ts';
import { sayReason } from './plain-words.ts';

/** What of a saga's record tells the state it is in. */
export type SagaState = Pick<
  SagaRecord,
  'status' | 'goal' | 'steps' | 'failure' | 'reason' | 'reschedules' | 'progressAt' | 'dueAt' | 'worker' | 'history'
>;

/** What a saga keeps failing at. */
export interface Trouble {
  /** Such as "Refund failing: payment did not respond in time". */
  text: string;
  /** How often it was tried. */
  tries: number;
  /** When the first try began, in milliseconds since the epoch. */
  since: number;
}

const isOpen = ({ undo }: StepRecord): boolean =>
  undo !== null && undo.status !== 'registered' && undo.status !== 'done';

/** The undo that is due, or the step that is under way, with what it is called. */
function effortOf({ goal, steps }: SagaState) {
  const wordsOf = ({ name }: StepRecord) => sayStepAmong(steps, name);
  const undone = steps.findLast(isOpen);
  if (undone?.undo) return { ...wordsOf(undone), noun: wordsOf(undone).undoNoun, effort: undone.undo };
  if (goal !== 'complete') return undefined;
  const step = steps.findLast(({ kind, status }) => kind === undefined && status === 'running');
  return step && { ...wordsOf(step), effort: step };
}

// That calls are held back comes of what failed before.
const lastCause = (failures: StepRecord['failures']) =>
  failures.findLast(({ code }) => code !== 'circuit_open') ?? failures.at(-1);

/** Why the last run did not finish, given the code that was kept of it: where calls were held back, what that came of. */
export function causeOf(saga: SagaState, code: string): string {
  return (code === 'circuit_open' ? lastCause(effortOf(saga)?.effort.failures ?? [])?.code : undefined) ?? code;
}

/** What a saga that has not ended keeps failing at; undefined where nothing has failed since it last got further. */
export function troubleOf(saga: SagaState): Trouble | undefined {
  const { reason, reschedules, progressAt, goal } = saga;
  const current = effortOf(saga);
  const failures = current?.effort.failures ?? [];
  const last = lastCause(failures);
  if (current && last) {
    const { noun, service, effort } = current;
    const text = `${noun} failing: ${sayReason(last.code, service)}`;
    return { text, tries: effort.attempts, since: effort.startedAt ?? progressAt };
  }
  if (!reason || reschedules === 0) return undefined;
  const { noun, undoNoun, service } = sayStepAmong(saga.steps, reason.step ?? '');
  const what = reason.step === null ? 'Cannot go on' : `${goal === 'complete' ? noun : undoNoun} failing`;
  return { text: `${what}: ${sayReason(reason.code, service)}`, tries: reschedules, since: progressAt };
}

/** What is not settled of the fee; undefined where nobody's money is at stake. */
export function feeAtStake({ goal, steps }: Pick<SagaState, 'goal' | 'steps'>): string | undefined {
  const pay = steps.findLast(({ name }) => name === 'pay');
  if (!pay || pay.status === 'failed' || pay.undo?.status === 'done') return undefined;
  const paid = pay.result as { payment_status?: string } | null;
  if (goal === 'complete' && pay.status !== 'running') return undefined;
  const { fee } = (steps.find(({ name }) => name === 'reserve')?.result ?? {}) as { fee?: string };
  const subject = fee === undefined ? 'The fee' : `The fee of ${fee}`;
  if (pay.status === 'done' && paid?.payment_status === 'settled') return `${subject} is paid and not refunded yet.`;
  return goal === 'complete'
    ? `${subject} may have been paid already.`
    : `${subject} may have been paid, and is not refunded yet.`;
}
