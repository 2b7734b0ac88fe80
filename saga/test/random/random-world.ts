import type { Backends } from './backends.ts';
import type { LatestFence } from './latest-fence.ts';
import type { Plan } from './random-plan.ts';

/** What the steps of a plan do, and what they watch while they do it. */
export interface World {
  readonly plan: Plan;
  readonly backends: Backends;
  /** Uses of steps in the order in which the engine first called for their undos, with where the saga was headed. */
  readonly undos: Map<string, 'complete' | 'undo' | 'cancel'>;
  /** Uses of steps that a person has settled; calls of them may still be under way. */
  readonly resolved: Set<string>;
  /** What the function last caught, by use. */
  readonly caught: Map<string, string>;
  readonly fence: LatestFence;
  violated(what: string): void;
}
