import { isDeepStrictEqual } from 'node:util';
import { isEnded, type StepRecord } from '../../src/index.ts';
import { useOf } from './backends.ts';
import { type Expect, judgeOutcome } from './judge-outcome.ts';
import type { Played } from './play.ts';
import { waitsOf } from './random-plan.ts';

/** @returns everything that is not as the engine promises, as sentences */
export function judge(played: Played): string[] {
  const { record } = played;
  const wrong: string[] = [];
  const expect = (holds: boolean, what: string) => holds || wrong.push(what);
  expect(isEnded(record), `it has not ended: ${record.status}`);
  expect(record.dueAt === null && record.wakeAt === null && record.worker === null, 'something of it is still due');
  judgeEffects(played, expect);
  judgeUndos(played, expect);
  judgeOutcome(played, expect);
  judgeEvents(played, expect);
  return wrong;
}

const isStep = ({ kind }: StepRecord): boolean => kind === undefined;

function judgeEffects({ record, world, processes }: Played, expect: Expect): void {
  const { backends } = world;
  const steps = record.steps.filter(isStep);
  const logged = new Map(steps.map((step) => [useOf(step), step]));
  expect(logged.size === steps.length, 'a step is in the log twice');
  for (const use of backends.effects) {
    const step = logged.get(use);
    const mayStay = step?.undo === null || (record.status === 'completed' && step?.status === 'done');
    expect(step !== undefined, `${use} had its effect and is not in the log`);
    expect(mayStay, `the effect of ${use} is still there: ${step?.status}, undo ${step?.undo?.status}`);
  }
  for (const [use, { status, undo }] of logged) {
    const isThere = status === 'done' && undo?.status !== 'done';
    if (record.status === 'completed' && isThere) expect(backends.effects.has(use), `${use} is done without effect`);
    expect(record.status !== 'completed' || status !== 'running', `${use} is still running`);
  }
  expect(
    processes.every(({ running, isDead }) => isDead || running.size === 0),
    'a call is still under way',
  );
}

function judgeUndos({ record, world, plan }: Played, expect: Expect): void {
  const positions = new Map(record.steps.map((step, index) => [useOf(step), index]));
  for (const [use, times] of world.backends.undone) expect(times === 1, `${use} was undone ${times} times`);
  const rolledBack = [...world.undos]
    .filter(([, goal]) => goal !== 'complete')
    .map(([use]) => positions.get(use) ?? -1);
  const inReverse = rolledBack.toSorted((one, other) => other - one);
  expect(isDeepStrictEqual(rolledBack, inReverse), `undone in the order ${rolledBack}`);
  const pivot = record.steps.find((step) => step.pivot);
  if (pivot?.status === 'done') expect(record.goal !== 'undo', 'it was rolled back past its pivot');
  if (plan.pivot?.undo === 'none' && pivot?.status === 'done') {
    expect(record.status === 'completed', `past the pivot it is ${record.status}`);
  }
  for (const failed of record.steps.filter(({ status, undo }) => status === 'unknown' && undo !== null)) {
    judgeCaughtFailure(failed, record.steps, world.undos, expect);
  }
}

/** What a caught failure may have left is gone before the next step begins. */
function judgeCaughtFailure(
  failed: StepRecord,
  steps: readonly StepRecord[],
  undos: Played['world']['undos'],
  expect: Expect,
): void {
  const undoneAt = failed.undo?.endedAt ?? Number.POSITIVE_INFINITY;
  const next = steps.filter((step) => isStep(step) && step !== failed && (step.startedAt ?? 0) > (failed.endedAt ?? 0));
  for (const step of next.filter(({ attempts }) => attempts > 0)) {
    expect(undoneAt <= (step.startedAt ?? 0), `${useOf(step)} began before ${useOf(failed)} was undone`);
    expect(undos.get(useOf(failed)) === 'complete', `${useOf(failed)} was caught and undone by compensation`);
  }
}

function judgeEvents({ record, plan, person, events }: Played, expect: Expect): void {
  for (const { name } of waitsOf(plan)) {
    const logged = record.steps.find((step) => step.name === name);
    const { kept, consumed } = events.get(name) ?? { kept: 0, consumed: 0 };
    expect(kept <= 1, `the event ${name} was kept ${kept} times`);
    expect(consumed === (logged?.status === 'done' ? 1 : 0), `the event ${name} was consumed ${consumed} times`);
    if (logged?.status === 'done') expect(logged.result === `payload of ${name}`, `${name} got ${logged.result}`);
    const keptAt = person.kept.get(name) ?? Number.POSITIVE_INFINITY;
    const isInTime = keptAt < Math.min(logged?.wakeAt ?? 0, logged?.endedAt ?? 0);
    expect(logged?.status !== 'failed' || !isInTime, `${name} timed out although its event was there`);
  }
}
