import type { SagaRecord, StepRecord } from 'durable-saga';
import { PAYMENT_DECIDED } from '../../cardholder.ts';
import { decider, sayStepAmong } from './payment-words.ts';
import { STATUS_WORDS, sayReason } from './plain-words.ts';
import type { Unplaced } from './timeline-entry.ts';
import { causeOf } from './trouble.ts';

/** How the saga's way back ended, or where on it the saga is. */
export function endOfWayBack(saga: SagaRecord): Unplaced[] {
  const { status, updatedAt: at } = saga;
  if (status !== 'compensated' && status !== 'cancelled') return whereItIs(saga, 'back');
  const { name: title } = STATUS_WORDS[status];
  return [{ way: 'back', kind: 'end', mark: status, title, detail: 'Nothing is left behind', at }];
}

const isOpenWait = ({ kind, status }: StepRecord): boolean => kind !== undefined && status === 'running';

/** What is waited for; nothing where that is the last thing that happened, and says so. */
function waitingFor({ steps, history }: SagaRecord, way: 'out' | 'back'): Unplaced[] {
  const last = steps.at(-1);
  if (last && isOpenWait(last) && (history.at(-1)?.at ?? 0) <= (last.startedAt ?? 0)) return [];
  const nameOf = ({ name }: StepRecord) => (name === PAYMENT_DECIDED ? `the ${decider(steps)}` : name);
  const names = steps.filter(isOpenWait).map(nameOf);
  const title = STATUS_WORDS.requires_action.name;
  return [{ way, kind: 'now', mark: 'waiting', title, detail: `For ${names.join(', ')}`, at: null }];
}

/** Where a saga is that has not ended. */
export function whereItIs(saga: SagaRecord, way: 'out' | 'back'): Unplaced[] {
  if (saga.status === 'waiting') return waitingFor(saga, way);
  if (saga.status === 'paused') {
    const detail = 'It goes on when an operator resumes it';
    return [{ way, kind: 'now', mark: 'paused', title: STATUS_WORDS.paused.name, detail, at: null }];
  }
  const isStuck = saga.status === 'stuck';
  const common = { way, kind: 'now', mark: isStuck ? 'stuck' : 'waiting' } as const;
  const title = isStuck ? STATUS_WORDS.stuck.name : 'Under way';
  const detail = whyNotFinished(saga, way);
  return [{ ...common, title, detail, at: detail === undefined ? null : saga.updatedAt }];
}

// When the next run begins, the headline says.
function whyNotFinished(saga: SagaRecord, way: 'out' | 'back'): string | undefined {
  const { reschedules, reason, steps } = saga;
  if (reschedules === 0 || !reason) return undefined;
  const runs = reschedules === 1 ? 'The last run did not finish' : `The last ${reschedules} runs did not finish`;
  const where = reason.step === null ? '' : ` (“${sayStepAmong(steps, reason.step)[way === 'out' ? 'name' : 'undo']}”)`;
  return `${runs}, because ${sayReason(causeOf(saga, reason.code))}${where}`;
}
