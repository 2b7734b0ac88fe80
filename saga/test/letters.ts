import { defineSaga, type Step } from '../src/index.ts';

type Overrides = Record<string, Partial<Step<unknown>>>;

/** Steps whose effect is a letter, and the trail of all that was called; both outlive any process. */
export function createWorld() {
  const effects = new Set<string>();
  const trail: string[] = [];

  const step = (name: string): Step<unknown> & Required<Pick<Step<unknown>, 'undo'>> => ({
    async run() {
      trail.push(name);
      effects.add(name);
      return `did ${name}`;
    },
    async undo() {
      trail.push(`undo ${name}`);
      effects.delete(name);
    },
  });

  /** A story with one step for each letter. */
  const letters = (names: string, overrides: Overrides = {}) =>
    defineSaga('letters', async (saga, _input: string) => {
      const results: unknown[] = [];
      for (const name of names) results.push(await saga.step(name, { ...step(name), ...overrides[name] }));
      return results;
    });

  return { effects, trail, step, letters, undone: () => trail.filter((call) => call.startsWith('undo')) };
}

/** Fails so often, then does it. */
export function failingFirst(times: number, work: () => Promise<unknown>, failure: () => Error) {
  let failed = 0;
  return async () => {
    failed += 1;
    if (failed <= times) throw failure();
    return work();
  };
}
