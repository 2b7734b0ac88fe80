import { NotFinished, SagaMisuse } from './errors.ts';
import type { StepRecord } from './record.ts';

/** Finds what the function calls in the log, by name and key, and notes what it has called in this run. */
export class LogLookup {
  readonly #steps: readonly StepRecord[];
  readonly #byName = new Map<string, number>();
  readonly #called = new Set<string>();
  /** Entries that were there when the run began and that the function has not called yet. */
  readonly #uncalled = new Set<number>();

  constructor(steps: readonly StepRecord[]) {
    this.#steps = steps;
    for (const [index, { name, key }] of steps.entries()) {
      this.#byName.set(nameOf(name, key), index);
      this.#uncalled.add(index);
    }
  }

  /**
   * Looks a call up.
   *
   * @param names the step's own, then those it had formerly
   * @returns the position in the log; undefined where it is not in there
   * @throws SagaMisuse `used_twice`; NotFinished `function_changed` where the log has another kind of entry by that name
   */
  call(names: readonly string[], key: string | undefined, kind?: StepRecord['kind']): number | undefined {
    const [own = ''] = names;
    const called = nameOf(own, key);
    if (this.#called.has(called)) {
      const use = key === undefined ? own : `${own} with the key ${key}`;
      throw new SagaMisuse('used_twice', `${use} is used twice; give each use a key of its own`);
    }
    this.#called.add(called);
    const index = names.map((name) => this.#byName.get(nameOf(name, key))).find((found) => found !== undefined);
    if (index === undefined) return undefined;
    if (this.#steps[index]?.kind !== kind) throw new NotFinished('function_changed', { step: own, needsPerson: true });
    this.#uncalled.delete(index);
    return index;
  }

  /** The first entry that the log had when the run began and that the function has not come by. */
  get uncalled(): number | undefined {
    return this.#uncalled.values().next().value;
  }
}

const nameOf = (name: string, key: string | undefined): string => (key === undefined ? name : `${name}\0${key}`);
