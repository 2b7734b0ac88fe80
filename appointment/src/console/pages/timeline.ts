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
    title: 'Turned back',
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

function waiting({ status, dueAt, stalls, updatedAt }: SagaRecord, way: 'out' | 'back', row: number): TimelineEntry {
  const tries = stalls === 1 ? 'Came to no end once' : `Came to no end ${stalls} times in a row`;
  const mark = status === 'stuck' ? 'stuck' : 'waiting';
  const title = status === 'stuck' ? 'Stuck' : 'Under way';
  const detail =
    stalls === 0
      ? undefined
      : `${tries}; waits ${dueAt === null ? '' : `${Math.max(0, (dueAt - updatedAt) / 1_000).toFixed(1)} s `}before the next try`;
  return { way, row, kind: 'wait', mark, title, detail, at: stalls === 0 ? null : updatedAt };
}

/** What happened to a booking, in the order it happened. */
export function tellTimeline(saga: SagaRecord): TimelineEntry[] {
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
