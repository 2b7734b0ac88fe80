import type { Kysely } from 'kysely';
import { type AnyStep, defineSaga, defineStep, type Json, type SagaRecord, type StepCall } from '../../src/index.ts';
import type { BenchTables } from '../bench.ts';
import { useOf } from './backends.ts';
import type { DoomedProcess } from './doomed-process.ts';
import { type Declared, FunctionRun } from './function-run.ts';
import { type StepPlan, stepsOf } from './random-plan.ts';
import type { World } from './random-world.ts';

const NAME = 'random';
const TIMEOUT_MS = 200;

/** The plan's definition as one process runs it. */
export function defineRandom(world: World, process: DoomedProcess) {
  const { plan } = world;
  const steps = declareSteps(world, process);
  return defineSaga<string, Json, string, BenchTables>(NAME, {
    deadlineMs: plan.deadlineMs,
    steps: [...steps.values()],
    async run(saga) {
      const run = new FunctionRun(saga, steps, world);
      const results = await run.sequence(plan.parts);
      if (plan.pivot) results.push(await run.part(plan.pivot));
      return [...results, ...(await run.sequence(plan.after))];
    },
    async onOutcome(tables, { completed, saga }) {
      await tables
        .insertInto('notes')
        .values({ text: `${saga.id} ${completed}` })
        .execute();
    },
    onEnd: noteEnd,
  });
}

async function noteEnd(tables: Kysely<BenchTables>, { status }: SagaRecord): Promise<void> {
  await tables
    .insertInto('notes')
    .values({ text: `ended ${status}` })
    .execute();
}

/** The next version of the definition, which must leave sagas of the first one alone. */
export function defineVersion2(world: World) {
  return defineSaga<string, Json, string, BenchTables>(NAME, {
    version: 2,
    steps: [],
    async run() {
      world.violated('version 2 ran a saga of version 1');
      return null;
    },
  });
}

/** The same version after the function was rewritten: ended sagas can be cancelled all the same. */
export function defineEdited(world: World, process: DoomedProcess) {
  const kept = [...declareSteps(world, process).values()];
  const added = defineStep<string, string>('added', { run: async () => 'added', undo: async () => {} });
  const [first, ...rest] = kept;
  const lists = {
    appended: { steps: [...kept, added] },
    prepended: { steps: [added, ...kept] },
    moved: { steps: kept.toReversed() },
    retired: { steps: [added, ...rest], retired: first ? [first] : [] },
    renamed: { steps: kept.map((one) => ({ ...one, name: `new ${one.name}`, formerly: [one.name] })) },
  };
  return defineSaga<string, Json, string, BenchTables>(NAME, {
    ...lists[world.plan.cancelledAfter ?? 'appended'],
    onEnd: noteEnd,
    async run() {
      world.violated('an ended saga was run');
      return null;
    },
  });
}

function declareSteps(world: World, process: DoomedProcess): Declared {
  const plans = stepsOf(world.plan);
  const byUse = new Map(plans.map((plan) => [useOf(plan), plan]));
  const declared = new Map<string, AnyStep>();
  for (const plan of plans) {
    const planOf = (call: StepCall<string>): StepPlan => byUse.get(useOf({ name: plan.name, key: call.key })) ?? plan;
    if (!declared.has(plan.name)) declared.set(plan.name, declareStep(plan, planOf, world, process));
  }
  return declared;
}

function declareStep(
  { name, pivot, undo, recover }: StepPlan,
  planOf: (call: StepCall<string>) => StepPlan,
  world: World,
  process: DoomedProcess,
): AnyStep {
  const { backends } = world;
  const perform = (call: StepCall<string>) => {
    const step = planOf(call);
    watchRun(step, call, world, process);
    return process.call(`run ${useOf(step)}`, backends.msOf(step), step.heeds ? call.signal : undefined, () =>
      backends.perform(step),
    );
  };
  return defineStep<string, string>(name, {
    timeoutMs: TIMEOUT_MS,
    pivot,
    run: perform,
    ...(recover && {
      recover: (call) =>
        process.call(`recover ${name}`, 0, call.signal, () => {
          const found = backends.find(planOf(call));
          (found === undefined ? process.notFound : process.found).add(useOf(planOf(call)));
          return found;
        }),
    }),
    ...(undo !== 'none' && {
      undo: (call: StepCall<string>) => {
        const step = planOf(call);
        watchUndo(step, call, world, process);
        return process.call(`undo ${useOf(step)}`, step.ms, undefined, () => backends.undo(step));
      },
    }),
  }) as unknown as AnyStep;
}

function watchRun(step: StepPlan, { input }: StepCall<string>, world: World, process: DoomedProcess): void {
  if (process.isDead) return;
  const use = useOf(step);
  if (input !== `input of ${use}`) world.violated(`${use} got another input`);
  if (process.done.has(step.name) && step.key === undefined) world.violated(`${use} was called after it was done`);
  if (process.undone.has(use)) world.violated(`${use} was called after its undo`);
  if (process.notFound.has(use)) world.violated(`${use} was called after its recovery`);
  const others = runningIn(process, world);
  const pivot = world.plan.pivot && `run ${world.plan.pivot.name}`;
  const besides = step.pivot ? others.filter((call) => call !== pivot) : others.filter((call) => call === pivot);
  if (besides.length > 0) world.violated(`${use} began beside ${besides}`);
}

function watchUndo(step: StepPlan, { input }: StepCall<string>, world: World, process: DoomedProcess): void {
  if (process.isDead) return;
  const use = useOf(step);
  if (input !== `input of ${use}`) world.violated(`the undo of ${use} got another input`);
  const goal = process.goalAtUndo.get(step.name) ?? 'complete';
  process.undone.add(use);
  if (!world.undos.has(use)) world.undos.set(use, goal);
  const running = runningIn(process, world);
  if (goal !== 'complete' && running.length > 0) world.violated(`the undo of ${use} began beside ${running}`);
}

/** The calls of steps that are under way, but for those that may outlast their step because they ignore their signal. */
function runningIn({ running }: DoomedProcess, { plan, resolved }: World): string[] {
  const slow = stepsOf(plan).filter((step) => step.outcome === 'slow at first' || resolved.has(useOf(step)));
  const mayOutlast = new Set(slow.map((step) => `run ${useOf(step)}`));
  return [...running].filter((call) => call.startsWith('run ') && !mayOutlast.has(call));
}
