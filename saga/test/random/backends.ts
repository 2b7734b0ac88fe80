import { type FailureTraits, Refusal } from '../../src/index.ts';
import type { StepPlan } from './random-plan.ts';

/** An error of which the engine is told whether a retry may help, and whether the step may have had its effect. */
class Trouble extends Error implements FailureTraits {
  readonly code: string;
  readonly retryable: boolean;
  readonly noSideEffect: boolean;

  constructor(code: string, traits: Omit<FailureTraits, 'code'>) {
    super(code);
    this.code = code;
    this.retryable = traits.retryable;
    this.noSideEffect = traits.noSideEffect;
  }
}

const unclear = () => new Trouble('unclear', { retryable: false, noSideEffect: false });
const busy = () => new Trouble('busy', { retryable: true, noSideEffect: true });
const lost = () => new Trouble('response_lost', { retryable: true, noSideEffect: false });

/** How one use of a step is called, in the backends as in the log. */
export const useOf = ({ name, key }: { name: string; key?: string | undefined }): string =>
  key === undefined ? name : `${name} ${key}`;

/**
 * What a saga's steps do, across the crashes of those who call: one effect for each use of a step, however often it is
 * called. An undo leaves a tombstone, which refuses the step from then on.
 */
export class Backends {
  readonly effects = new Set<string>();
  /** How often each effect was removed. */
  readonly undone = new Map<string, number>();
  readonly #tombstones = new Set<string>();
  readonly #calls = new Map<string, number>();
  #isRepaired = false;

  /** From now on every call succeeds. */
  repair(): void {
    this.#isRepaired = true;
  }

  /** @returns how long the call takes, in milliseconds */
  msOf(step: StepPlan): number {
    const isFirst = this.#count(`call ${useOf(step)}`) === 1;
    return step.outcome === 'slow at first' && isFirst && !this.#isRepaired ? 1_500 : step.ms;
  }

  perform(step: StepPlan): string {
    const use = useOf(step);
    const isFirst = this.#count(use) === 1;
    if (this.#tombstones.has(use)) throw new Refusal('undone_before');
    if (!this.#isRepaired) {
      if (step.outcome === 'refusal') throw new Refusal('no');
      if (step.outcome === 'unclear without effect') throw unclear();
      if (step.outcome === 'transient' && isFirst) throw busy();
    }
    this.effects.add(use);
    if (!this.#isRepaired) {
      if (step.outcome === 'effect, then unclear') throw unclear();
      if (step.outcome === 'effect, then transient' && isFirst) throw lost();
    }
    return `did ${use}`;
  }

  find(step: StepPlan): string | undefined {
    return this.effects.has(useOf(step)) ? `did ${useOf(step)}` : undefined;
  }

  undo(step: StepPlan): void {
    const use = useOf(step);
    const isFirst = this.#count(`undo ${use}`) === 1;
    if (!this.#isRepaired) {
      if (step.undo === 'hopeless') throw unclear();
      if (step.undo === 'transient' && isFirst) throw busy();
    }
    this.remove(use);
    if (!this.#isRepaired && step.undo === 'effect, then transient' && isFirst) throw lost();
  }

  /** Removes an effect, and keeps it from coming later. */
  remove(use: string): void {
    this.#tombstones.add(use);
    if (this.effects.delete(use)) this.undone.set(use, (this.undone.get(use) ?? 0) + 1);
  }

  #count(call: string): number {
    const count = (this.#calls.get(call) ?? 0) + 1;
    this.#calls.set(call, count);
    return count;
  }
}
