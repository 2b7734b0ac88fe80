import type { AnySaga, AnyStep, Saga, SagaDefinition, Step, StepCall } from '../src/index.ts';

/** The functions of a step. */
export type StepPart = 'run' | 'undo' | 'recover';

export type Call = StepCall<unknown>;

/** Stands between the engine and a step's functions. */
export type Attempt = (step: AnyStep, part: StepPart, call: Call) => Promise<unknown>;

/** The definition with each of its steps' functions called by `attempt`. Its function may go on using the steps it knows. */
export function instrument(definition: AnySaga, attempt: Attempt): AnySaga {
  const original = definition as unknown as SagaDefinition;
  const instrumented = new Map<unknown, AnyStep>();
  for (const step of original.steps.values()) instrumented.set(step, instrumentStep(step, attempt));
  const steps = new Map([...original.steps].map(([name, step]) => [name, instrumented.get(step) as AnyStep]));
  const changed: SagaDefinition = {
    ...original,
    steps,
    run: (saga, input) => original.run(withSteps(saga, instrumented), input),
  };
  return changed as unknown as AnySaga;
}

function instrumentStep(step: AnyStep, attempt: Attempt): AnyStep {
  return {
    ...step,
    run: (call) => attempt(step, 'run', call),
    ...(step.undo && { undo: (call: never) => attempt(step, 'undo', call) }),
    ...(step.recover && { recover: (call: never) => attempt(step, 'recover', call) }),
  };
}

function withSteps(saga: Saga, instrumented: ReadonlyMap<unknown, AnyStep>): Saga {
  return {
    id: saga.id,
    step<Input, Result>(step: Step<Input, Result>, input: Input, options?: { key?: string }) {
      const known = (instrumented.get(step) ?? step) as Step<Input, Result>;
      return saga.step(known, input, options);
    },
    sleep: (name, duration) => saga.sleep(name, duration),
    waitFor: (name, options) => saga.waitFor(name, options),
    child: (definition, input, options) => saga.child(definition, input, options),
  };
}
