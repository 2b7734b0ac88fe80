import type { Part, Plan, StepPlan } from './random-plan.ts';
import { stepsOf } from './random-plan.ts';

const SUCCEEDS: ReadonlySet<StepPlan['outcome']> = new Set(['ok', 'transient', 'effect, then transient']);

/** @returns whether the saga completes; undefined where that depends on chance */
export function predict(plan: Plan): boolean | undefined {
  const { parts, pivot, after, deadlineMs, disruptions, moves } = plan;
  // A recovery that finds nothing rolls back.
  if (disruptions.length + moves.length > 0 && stepsOf(plan).some(({ recover }) => recover)) return undefined;
  if (deadlineMs < 1_000 || moves.some(({ move }) => move === 'cancel')) return undefined;
  if ([...parts, ...after].some(leavesStepsRunning)) return undefined;
  // What a shutdown cuts short may have ended or not.
  if (stepsOf(plan).some(({ outcome }) => outcome === 'slow at first')) return undefined;
  if (!parts.every(succeeds)) return false;
  // It is not given up, and its recovery says whether it happened: that decides.
  if (pivot?.recover && !succeeds(pivot) && pivot.outcome !== 'refusal') return undefined;
  // A pivot that may have happened and has no undo is not given up.
  const isGivenUp = pivot && !succeeds(pivot) && (pivot.outcome === 'refusal' || pivot.undo !== 'none');
  return !isGivenUp;
}

function succeeds(part: Part): boolean {
  switch (part.kind) {
    case 'step':
      return SUCCEEDS.has(part.outcome);
    case 'wait':
      return part.event !== 'late' && part.event !== 'never';
    case 'sleep':
    case 'allSettled':
      return true;
    case 'sequence':
    case 'all':
      return part.parts.every(succeeds);
    case 'try':
      return succeeds(part.part) || succeeds(part.instead);
    default:
      return succeeds(part.part) || (firstFailure(part.part) === 'refusal' && succeeds(part.instead));
  }
}

/** How a part fails whose steps do not run side by side. */
function firstFailure(part: Part): string | undefined {
  switch (part.kind) {
    case 'step':
      return succeeds(part) ? undefined : part.outcome;
    case 'wait':
      return succeeds(part) ? undefined : 'timed out';
    case 'sequence':
      return part.parts.map(firstFailure).find((failure) => failure !== undefined);
    case 'try':
      return succeeds(part.part) ? undefined : firstFailure(part.instead);
    case 'refused': {
      const failure = firstFailure(part.part);
      return failure === 'refusal' ? firstFailure(part.instead) : failure;
    }
    default:
      return undefined;
  }
}

/** Whether the function may go on while steps of it are still running, and then chance decides what becomes of them. */
function leavesStepsRunning(part: Part): boolean {
  if (part.kind === 'allSettled' && part.parts.some(hasAll)) return true;
  if ('parts' in part) return part.parts.some(leavesStepsRunning);
  return 'part' in part && (hasAll(part.part) || leavesStepsRunning(part.part) || leavesStepsRunning(part.instead));
}

const hasAll = (part: Part): boolean =>
  part.kind === 'all' ||
  ('parts' in part && part.parts.some(hasAll)) ||
  ('part' in part && (hasAll(part.part) || hasAll(part.instead)));
