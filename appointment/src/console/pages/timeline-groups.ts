import type { StepRecord } from 'durable-saga';
import type { Lane } from './timeline-entry.ts';

/** Steps that ran side by side, by their positions in the log, and the time that all of them took. */
export interface Group {
  first: number;
  last: number;
  from: number;
  /** Null while one of them has not ended. */
  to: number | null;
}

/** Finds the steps that began before one before them had ended. */
export function groupsOf(steps: readonly StepRecord[]): Group[] {
  const groups: Group[] = [];
  for (const [index, { startedAt, endedAt }] of steps.entries()) {
    const current = groups.at(-1);
    if (startedAt === null) continue;
    if (current && (current.to === null || startedAt < current.to)) {
      current.last = index;
      current.to = current.to === null || endedAt === null ? null : Math.max(current.to, endedAt);
    } else {
      groups.push({ first: index, last: index, from: startedAt, to: endedAt });
    }
  }
  return groups.filter(({ first, last }) => last > first);
}

/**
 * When a step of the group ran; undefined where all took no time that can be shown.
 *
 * @param latest the time until which one that has not ended is shown, in milliseconds since the epoch
 */
export function laneOf({ from, to }: Group, { startedAt, endedAt }: StepRecord, latest: number): Lane | undefined {
  const end = to ?? latest;
  if (end <= from) return undefined;
  const share = (at: number) => Math.min(1, Math.max(0, (at - from) / (end - from)));
  return { from: share(startedAt ?? from), to: share(endedAt ?? end) };
}
