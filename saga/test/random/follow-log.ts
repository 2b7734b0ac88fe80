import type { StepRecord } from '../../src/index.ts';
import { useOf } from './backends.ts';
import type { Part, Plan } from './random-plan.ts';

/** What a piece of the function comes to: `at` is the order of the entry that decided it. */
export type End =
  | { readonly kind: 'returned'; readonly at: number }
  | { readonly kind: 'threw'; readonly at: number; readonly step: string; readonly code: string | null }
  | { readonly kind: 'open' };

const OPEN: End = { kind: 'open' };

/** What the function of a plan comes to if its calls come to what the log says. */
export function followLog({ parts, pivot, after }: Plan, steps: readonly StepRecord[]): End {
  const entries = new Map(steps.map((step) => [useOf(step), step]));
  const end = endOf({ kind: 'sequence', parts: [...parts, ...(pivot ? [pivot] : []), ...after] }, entries);
  if (end.kind !== 'returned') return end;
  // A call that the function did not wait for decides as well.
  const late = steps.filter((step) => hasFailed(step) && (step.order ?? 0) > end.at);
  const [first] = late.toSorted((one, other) => (one.order ?? 0) - (other.order ?? 0));
  return first ? leafEnd(first) : end;
}

type Entries = ReadonlyMap<string, StepRecord>;

const hasFailed = ({ status }: StepRecord): boolean => status === 'failed' || status === 'unknown';

function leafEnd(entry: StepRecord | undefined): End {
  if (!entry || entry.status === 'running') return OPEN;
  const at = entry.order ?? 0;
  if (entry.status === 'done') return { kind: 'returned', at };
  return { kind: 'threw', at, step: entry.name, code: entry.code };
}

function endOf(part: Part, entries: Entries): End {
  switch (part.kind) {
    case 'step':
    case 'wait':
    case 'sleep':
      return leafEnd(entries.get(useOf(part)));
    case 'sequence':
      return endOfSequence(part.parts, entries);
    case 'all':
    case 'allSettled':
      return endOfAll(part.parts, part.kind === 'all', entries);
    default: {
      const end = endOf(part.part, entries);
      const isCaught = end.kind === 'threw' && (part.kind === 'try' || end.code === 'no');
      return isCaught ? notBefore(end.at, endOf(part.instead, entries)) : end;
    }
  }
}

function endOfSequence(parts: readonly Part[], entries: Entries): End {
  let end: End = { kind: 'returned', at: 0 };
  for (const part of parts) {
    end = notBefore(end.at, endOf(part, entries));
    if (end.kind !== 'returned') return end;
  }
  return end;
}

function endOfAll(parts: readonly Part[], isFailedByOne: boolean, entries: Entries): End {
  const ends = parts.map((part) => endOf(part, entries));
  const [firstToThrow] = ends.filter((end) => end.kind === 'threw').toSorted((one, other) => one.at - other.at);
  if (isFailedByOne && firstToThrow) return firstToThrow;
  const settled = ends.filter((end) => end.kind !== 'open');
  return settled.length < ends.length ? OPEN : { kind: 'returned', at: Math.max(...settled.map(({ at }) => at)) };
}

const notBefore = (at: number, end: End): End => (end.kind === 'open' ? end : { ...end, at: Math.max(at, end.at) });
