import type { SagaRecord } from 'durable-saga';
import { STATUS_WORDS, sayReason } from './plain-words.ts';
import { type TimelineEntry, toStep, toUndo } from './timeline-entry.ts';

function turnOf(saga: SagaRecord): TimelineEntry {
  const row = saga.steps.length + (saga.result === null ? 2 : 3);
  const firstUndo = saga.steps.flatMap(({ undo }) => undo?.startedAt ?? []).toSorted((a, b) => a - b)[0];
  const failed = saga.steps.find(({ name }) => name === saga.failure?.step);
  if (saga.goal === 'cancel') {
    return { way: 'out', row, kind: 'turn', mark: 'turned', title: 'Cancelled by an operator', at: firstUndo ?? null };
  }
  const detail = saga.failure && !failed ? `Because ${sayReason(saga.failure.code)}` : undefined;
  return {
    way: 'out',
    row,
    kind: 'turn',
    mark: 'turned',
    title: 'Rolled back',
    detail,
    at: failed?.endedAt ?? firstUndo ?? null,
  };
}

function endOfWayBack(saga: SagaRecord): TimelineEntry {
  if (saga.status === 'compensated' || saga.status === 'cancelled') {
    const title = STATUS_WORDS[saga.status].name;
    return {
      way: 'back',
      row: 1,
      kind: 'end',
      mark: saga.status,
      title,
      detail: 'Nothing is left behind',
      at: saga.updatedAt,
    };
  }
  return waiting(saga, 'back', 1);
}

function waiting(saga: SagaRecord, way: 'out' | 'back', row: number): TimelineEntry {
  const { status, dueAt, reschedules, reason, updatedAt } = saga;
  const isStuck = status === 'stuck';
  const common = { way, row, kind: 'wait', mark: isStuck ? 'stuck' : 'waiting' } as const;
  const title = isStuck ? 'Stuck' : 'Under way';
  if (reschedules === 0 || !reason) return { ...common, title, at: null };
  const runs = reschedules === 1 ? 'The last run did not finish' : `The last ${reschedules} runs did not finish`;
  const seconds = dueAt === null ? '' : ` in ${Math.max(0, (dueAt - updatedAt) / 1_000).toFixed(1)} s`;
  const detail = `${runs}, because ${sayReason(reason.code)}; the next one begins${seconds}`;
  return { ...common, title, detail, at: updatedAt };
}

/** What happened to a booking, in the order it happened. */
export function timelineOf(saga: SagaRecord): TimelineEntry[] {
  const begin: TimelineEntry = {
    way: 'out',
    row: 1,
    kind: 'begin',
    mark: 'begun',
    title: 'Request accepted',
    at: saga.createdAt,
  };
  const entries = [begin, ...saga.steps.map(toStep)];
  const last = saga.steps.length + 2;
  if (saga.result !== null) {
    const at = saga.goal === 'complete' ? saga.updatedAt : (saga.steps.at(-1)?.endedAt ?? null);
    entries.push({ way: 'out', row: last, kind: 'end', mark: 'confirmed', title: 'Confirmed', at });
  }
  if (saga.status === 'failed') {
    const detail = saga.failure ? `Because ${sayReason(saga.failure.code)}` : undefined;
    entries.push({
      way: 'out',
      row: last,
      kind: 'end',
      mark: 'failed',
      title: 'Failed, nothing to undo',
      detail,
      at: saga.updatedAt,
    });
  } else if (saga.goal !== 'complete') {
    entries.push(turnOf(saga), ...saga.steps.flatMap(toUndo).reverse(), endOfWayBack(saga));
  } else if (saga.status !== 'completed') {
    entries.push(waiting(saga, 'out', last));
  }
  return entries;
}
