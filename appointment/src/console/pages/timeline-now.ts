import type { SagaRecord } from 'durable-saga';
import { STATUS_WORDS, sayReason, sayStep } from './plain-words.ts';
import type { Unplaced } from './timeline-entry.ts';

/** How the saga's way back ended, or where on it the saga is. */
export function endOfWayBack(saga: SagaRecord): Unplaced[] {
  const { status, updatedAt: at } = saga;
  if (status !== 'compensated' && status !== 'cancelled') return whereItIs(saga, 'back');
  const { name: title } = STATUS_WORDS[status];
  return [{ way: 'back', kind: 'end', mark: status, title, detail: 'Nothing is left behind', at }];
}

/** Where a saga is that has not ended; nothing where an open wait says so. */
export function whereItIs(saga: SagaRecord, way: 'out' | 'back'): Unplaced[] {
  if (saga.status === 'waiting') return [];
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

function whyNotFinished(
  { reschedules, reason, dueAt, updatedAt }: SagaRecord,
  way: 'out' | 'back',
): string | undefined {
  if (reschedules === 0 || !reason) return undefined;
  const runs = reschedules === 1 ? 'The last run did not finish' : `The last ${reschedules} runs did not finish`;
  const where = reason.step === null ? '' : ` (“${sayStep(reason.step)[way === 'out' ? 'name' : 'undo']}”)`;
  const seconds = dueAt === null ? '' : ` in ${Math.max(0, (dueAt - updatedAt) / 1_000).toFixed(1)} s`;
  return `${runs}, because ${sayReason(reason.code)}${where}; the next one begins${seconds}`;
}
