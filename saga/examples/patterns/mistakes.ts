import { type AnySaga, defineSaga, defineStep, type StepCall } from '../../src/index.ts';

const note = defineStep('note', { run: async ({ input }: StepCall<string>) => input });
const other = defineStep('other', { run: async ({ input }: StepCall<string>) => input });

/** Functions that cannot work, by the code with which the engine says so. */
export const mistakes: Record<string, AnySaga> = {
  // A step is used twice: give each use a key.
  used_twice: defineSaga('used-twice', {
    steps: [note],
    run: async (saga, text: string) => [await saga.step(note, text), await saga.step(note, text)],
  }),
  // A step is not among those of the saga: list it in `steps`.
  step_not_declared: defineSaga('not-declared', {
    steps: [note],
    run: (saga, text: string) => saga.step(other, text),
  }),
  // A result is no JSON, and its type did not say so: return text, numbers, lists and plain objects.
  not_json: defineSaga('not-json', {
    steps: [note],
    run: async (saga, text: string): Promise<unknown> => new Map([[text, await saga.step(note, text)]]),
  }),
  // The function waits for something that is no step: make a step of it.
  function_hangs: defineSaga('hangs', {
    steps: [note],
    async run(saga, text: string) {
      await saga.step(note, text);
      await new Promise(() => {}); // such as a request that takes long
    },
  }),
  // What the function does depends on the moment: read the clock, and anything random, in a step.
  function_changed: defineSaga('depends-on-the-moment', {
    steps: [note, other],
    async run(saga, text: string) {
      await saga.step(Math.random() < 0.5 ? note : other, text);
      await saga.sleep('a while', '1s');
    },
  }),
};
