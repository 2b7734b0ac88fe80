import { isDeepStrictEqual } from 'node:util';
import { hasOutcome, type StepRecord } from '../../src/index.ts';
import { useOf } from './backends.ts';
import { type End, followLog } from './follow-log.ts';
import type { Played } from './play.ts';
import { type Outcome, type StepPlan, stepsOf } from './random-plan.ts';

/** Notes what is wrong where it does not hold. */
export type Expect = (holds: boolean, what: string) => unknown;

// With these a step is done sooner or later.
const SUCCEEDS: ReadonlySet<Outcome> = new Set(['ok', 'transient', 'effect, then transient']);

/** Judges what became of the saga, and what its callers were told. */
export function judgeOutcome(played: Played, expect: Expect): void {
  const { record, notes, ends, outcomes } = played;
  expect(notes.length === 1, `onOutcome took effect ${notes.length} times`);
  const completed = notes[0] === `${record.id} true`;
  expect(
    completed === (record.status === 'completed' || (record.goal === 'cancel' && record.failure === null)),
    `onOutcome was told ${notes}, it is ${record.status}`,
  );
  const isCancelledLater = record.goal === 'cancel' && record.failure === null;
  const foreseen = [...(isCancelledLater ? ['ended completed'] : []), `ended ${record.status}`];
  expect(isDeepStrictEqual([...ends].sort(), foreseen.sort()), `onEnd was told ${ends}, it is ${record.status}`);
  for (const { completed: told, result, onDisk } of outcomes) {
    expect(onDisk !== undefined && hasOutcome(onDisk), 'a caller was told of an outcome that is not on disk');
    // A caller that attaches after a cancellation is told of that.
    const isSame = told === completed || (!told && record.goal === 'cancel');
    expect(isSame && (!told || isDeepStrictEqual(result, record.result)), 'a caller was told of another outcome');
  }
  const end = followLog(played.plan, record.steps);
  judgeEnd(played, end, completed, expect);
  judgeSteps(played, end, expect);
  judgeCaught(played, expect);
}

/** The function came to what its calls came to. */
function judgeEnd({ record }: Played, end: End, completed: boolean, expect: Expect): void {
  const { failure } = record;
  // An operator's cancellation comes before its end, and a pivot beside what the function did not wait for is refused.
  if (failure?.code === 'cancelled' || failure?.code === 'pivot_not_alone') return;
  const failed = end.kind === 'threw' ? `${end.step} ${end.code}` : end.kind;
  const told = completed ? 'returned' : `${failure?.step} ${failure?.code}`;
  expect(failed === told, `the log says ${failed}, the outcome is ${told}`);
}

/** Each step came to what its plan, a recovery or an operator let it come to. */
function judgeSteps(played: Played, end: End, expect: Expect): void {
  const plans = new Map(stepsOf(played.plan).map((plan) => [useOf(plan), plan]));
  for (const step of played.record.steps.filter(({ kind, status }) => kind === undefined && status !== 'running')) {
    const plan = plans.get(useOf(step)) as StepPlan;
    const isForeseen = step.status === 'done' ? mayBeDone(played, plan) : mayFail(played, plan, step, end);
    expect(isForeseen, `${useOf(step)} (${plan.outcome}) is ${step.status} ${step.code}`);
  }
}

function mayBeDone({ record, processes, person }: Played, plan: StepPlan): boolean {
  if (SUCCEEDS.has(plan.outcome) || plan.outcome === 'slow at first') return true;
  const isResolved = record.history.some(
    ({ move, step = '', key, as }) => move === 'resolve' && useOf({ name: step, key }) === useOf(plan) && as === 'done',
  );
  return isResolved || person.made.has('repair') || processes.some(({ found }) => found.has(useOf(plan)));
}

function mayFail(
  { record, plan: { deadlineMs }, processes }: Played,
  plan: StepPlan,
  step: StepRecord,
  end: End,
): boolean {
  const isTooLate = (end.kind !== 'open' && (step.order ?? 0) > end.at) || record.failure?.code === 'pivot_not_alone';
  switch (step.code) {
    case 'no':
      return plan.outcome === 'refusal';
    case 'unclear':
      return plan.outcome === 'effect, then unclear' || plan.outcome === 'unclear without effect';
    case 'timed_out':
      return plan.outcome === 'slow at first';
    case 'interrupted':
      return processes.some(({ notFound }) => notFound.has(useOf(plan)));
    case 'deadline_exceeded':
      return deadlineMs < 1_000;
    case 'ended':
      return isTooLate;
    default:
      // Cut short in a wait between two attempts.
      return isTooLate || deadlineMs < 1_000;
  }
}

/** The function caught what the log has. */
function judgeCaught({ record, plan, world }: Played, expect: Expect): void {
  const isCalm = plan.disruptions.length + plan.moves.length === 0;
  if (!isCalm) return;
  for (const step of record.steps.filter(
    ({ kind, status }) => !kind && (status === 'failed' || status === 'unknown'),
  )) {
    const name = step.refused ? 'Refusal' : 'StepFailed';
    const caught = world.caught.get(useOf(step)) ?? `${name} ${step.code}`;
    expect(caught === `${name} ${step.code}`, `the function caught ${caught}, the log has ${name} ${step.code}`);
  }
}
