import type { Disruption } from './random-plan.ts';

/** The disruptions that are still to come; calls and writes are counted across all processes. */
export class Disruptions {
  readonly #pending: Disruption[];
  #count = 0;

  constructor(pending: readonly Disruption[]) {
    this.#pending = [...pending];
  }

  /** From now on there are none. */
  end(): void {
    this.#pending.length = 0;
  }

  /** @returns the disruption that this call or write meets with */
  meet(at: Disruption['at']): Disruption | undefined {
    const [next] = this.#pending;
    if (next?.at !== at) return undefined;
    this.#count += 1;
    if (this.#count <= next.count) return undefined;
    this.#count = 0;
    return this.#pending.shift();
  }
}
