import { outcomeOf, type SagaRecord, type StepRecord } from 'durable-saga';
import { toPaymentWait, waitingSteps } from './payment-wait.ts';
import { sayActor, sayReason } from './plain-words.ts';
import type { TimelineEntry, Unplaced } from './timeline-entry.ts';
import { type Group, groupsOf, laneOf } from './timeline-groups.ts';
import { movesOf } from './timeline-moves.ts';
import { endOfWayBack, whereItIs } from './timeline-now.ts';
import { placeInRows, type WayBackEntry } from './timeline-rows.ts';
import { toStep, toUndo } from './timeline-steps.ts';
import { cancellationOf, decisiveStep, isUndoneOnTheWayOut, turnedAt } from './timeline-turn.ts';

function turnOf(saga: SagaRecord): Unplaced {
  const common = { way: 'out', kind: 'turn', mark: 'turned', at: turnedAt(saga) } as const;
  if (saga.goal === 'cancel') {
    const { by = 'operator', reason = null } = cancellationOf(saga) ?? {};
    return { ...common, title: `Cancelled by ${sayActor(by)}`, ...(reason !== null && { said: reason }) };
  }
  const detail = saga.failure && !decisiveStep(saga) ? `Because ${sayReason(saga.failure.code)}` : undefined;
  return { ...common, title: 'Rolled back', detail };
}

function forkOf({ first, last, from, to }: Group): Unplaced {
  const title = `${last - first + 1} side by side`;
  const durationMs = to === null ? undefined : to - from;
  return { way: 'out', kind: 'fork', mark: 'fork', title, at: null, durationMs, rail: 'beside' };
}

/** The steps in the order in which they began, each group of them after its fork. */
function stepEntries(saga: SagaRecord, entryOf: ReadonlyMap<StepRecord, Unplaced>): Unplaced[] {
  const steps = [...entryOf.keys()];
  const groups = groupsOf(steps);
  const latest = Math.max(saga.updatedAt, ...saga.steps.map(({ endedAt }) => endedAt ?? 0));
  return steps.flatMap((step, index) => {
    const group = groups.find(({ first, last }) => first <= index && index <= last);
    const entry = entryOf.get(step) as Unplaced;
    if (!group) return entry;
    const lane = laneOf(group, step, latest);
    if (lane) entry.lane = lane;
    if (index < group.last) entry.rail = 'beside';
    else delete entry.rail;
    return index === group.first ? [forkOf(group), entry] : entry;
  });
}

/** Puts what happened in between where it happened; the line beside it stays what it is there. */
function insertByTime(entries: Unplaced[], extra: Unplaced, after?: Unplaced): void {
  const from = after ? entries.indexOf(after) + 1 : 0;
  const at = extra.at ?? Number.POSITIVE_INFINITY;
  const next = entries.findIndex((entry, index) => index >= from && entry.at !== null && entry.at >= at);
  // A fork belongs to the step that follows it.
  const isAfterFork = next > from && entries[next - 1]?.kind === 'fork';
  const position = next < 0 ? entries.length : next - Number(isAfterFork);
  if (entries[position - 1]?.rail === 'beside') extra.rail = 'beside';
  entries.splice(position, 0, extra);
}

function endOfWayOut(saga: SagaRecord): Unplaced[] {
  const { goal, status, updatedAt, steps, failure } = saga;
  const end = { way: 'out', kind: 'end' } as const;
  const entries: Unplaced[] = [];
  if (outcomeOf(saga)?.completed) {
    const ends = steps.flatMap(({ endedAt }) => endedAt ?? []);
    const at = goal === 'complete' ? updatedAt : ends.length > 0 ? Math.max(...ends) : null;
    entries.push({ ...end, mark: 'confirmed', title: 'Confirmed', at });
  }
  if (status === 'failed') {
    const detail = failure ? `Because ${sayReason(failure.code)}` : undefined;
    return [...entries, { ...end, mark: 'failed', title: 'Failed, nothing to undo', detail, at: updatedAt }];
  }
  if (goal !== 'complete') return [...entries, turnOf(saga)];
  return status === 'completed' ? entries : whereItIs(saga, 'out');
}

function wayBackOf(
  saga: SagaRecord,
  entryOf: ReadonlyMap<StepRecord, Unplaced>,
  begin: Unplaced,
  moves: readonly Unplaced[],
): WayBackEntry[] {
  const waiting = [...moves];
  const entries: WayBackEntry[] = [];
  for (const step of saga.steps.toReversed()) {
    const entry = isUndoneOnTheWayOut(saga, step) ? undefined : toUndo(saga, step, 'back');
    if (!entry) continue;
    while (waiting[0] && (waiting[0].at as number) <= (entry.at ?? Number.POSITIVE_INFINITY)) {
      entries.push({ entry: waiting.shift() as Unplaced });
    }
    entries.push({ entry, beside: entryOf.get(step) });
  }
  const end = endOfWayBack(saga).map((entry) => ({ entry, beside: begin }));
  return [...entries, ...waiting.map((entry) => ({ entry })), ...end];
}

/** The entry of each step; those of the wait for a payment share one, which stands where it began. */
function entriesOf(saga: SagaRecord, actionTimeoutMs: number): Map<StepRecord, Unplaced> {
  const waiting = waitingSteps(saga.steps);
  const shown = saga.steps.filter((step) => step === waiting[0] || !waiting.includes(step));
  const toEntry = (step: StepRecord) =>
    step === waiting[0] ? toPaymentWait(saga, waiting, actionTimeoutMs) : toStep(saga, step);
  return new Map(shown.map((step) => [step, toEntry(step)]));
}

/**
 * What happened to a booking, in the order it happened.
 *
 * @param actionTimeoutMs how long a cardholder has for confirming a payment
 */
export function timelineOf(saga: SagaRecord, actionTimeoutMs: number): TimelineEntry[] {
  const begin: Unplaced = { way: 'out', kind: 'begin', mark: 'begun', title: 'Request accepted', at: saga.createdAt };
  const entryOf = entriesOf(saga, actionTimeoutMs);
  const moves = movesOf(saga);
  const out = [begin, ...stepEntries(saga, entryOf)];
  for (const step of saga.steps) {
    const undo = isUndoneOnTheWayOut(saga, step) ? toUndo(saga, step, 'out') : undefined;
    if (undo) insertByTime(out, undo, entryOf.get(step));
  }
  for (const move of moves.out) insertByTime(out, move, begin);
  out.push(...endOfWayOut(saga));
  const isBack = saga.goal !== 'complete' && saga.status !== 'failed';
  return placeInRows(out, isBack ? wayBackOf(saga, entryOf, begin, moves.back) : []);
}
