import { type AnyStep, defineSaga, defineStep, type SagaOptions, type Step } from '../src/index.ts';

export type LetterStep = Step<string, unknown, string>;
type Overrides = Record<string, Partial<LetterStep>>;

/** Steps whose effect is a letter, and the trail of all that was called; both outlive any process. */
export function createWorld() {
  const effects = new Set<string>();
  const trail: string[] = [];

  const perform = (name: string) => {
    trail.push(name);
    effects.add(name);
    return `did ${name}`;
  };
  const undo = (name: string) => {
    trail.push(`undo ${name}`);
    effects.delete(name);
  };

  const step = (name: string, overrides: Partial<LetterStep> = {}): LetterStep =>
    defineStep<string, unknown, string>(name, {
      run: async () => perform(name),
      undo: async () => undo(name),
      ...overrides,
    } as never);

  /** A saga with one step for each letter. */
  const letters = (
    names: string,
    overrides: Overrides = {},
    options: { version?: number; deadlineMs?: number } = {},
  ) => {
    const steps = [...names].map((name) => step(name, overrides[name]));
    return defineSaga<string, unknown[], string, never>('letters', {
      deadlineMs: 300_000,
      ...options,
      steps,
      async run(saga, input) {
        const results: unknown[] = [];
        for (const one of steps) results.push(await saga.step(one, input));
        return results;
      },
    });
  };

  return {
    effects,
    trail,
    perform,
    undo,
    step,
    letters,
    undone: () => trail.filter((call) => call.startsWith('undo')),
  };
}

export type World = ReturnType<typeof createWorld>;

type LettersOptions = Partial<Omit<SagaOptions<string, unknown, string, never>, 'steps' | 'run'>>;

/** A saga called as those of `letters`, with a function of its own. */
export const lettersBy = (
  steps: readonly AnyStep[],
  run: SagaOptions<string, unknown, string, never>['run'],
  options: LettersOptions = {},
) => defineSaga<string, unknown, string, never>('letters', { deadlineMs: 300_000, ...options, steps, run });

/** Fails so often, then does it. */
export function failingFirst<Result>(times: number, work: () => Promise<Result>, failure: () => Error) {
  let failed = 0;
  return async () => {
    failed += 1;
    if (failed <= times) throw failure();
    return work();
  };
}
