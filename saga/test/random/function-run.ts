import type { AnyStep, Json, Saga } from '../../src/index.ts';
import { useOf } from './backends.ts';
import { type Part, type StepPlan, timeoutOf } from './random-plan.ts';
import type { World } from './random-world.ts';

/** Steps by their names. */
export type Declared = ReadonlyMap<string, AnyStep>;

/** One run of the plan's function. */
export class FunctionRun {
  readonly #saga: Saga<string>;
  readonly #steps: Declared;
  readonly #world: World;

  constructor(saga: Saga<string>, steps: Declared, world: World) {
    this.#saga = saga;
    this.#steps = steps;
    this.#world = world;
  }

  async sequence(parts: readonly Part[]): Promise<Json[]> {
    const results: Json[] = [];
    for (const part of parts) results.push(await this.part(part));
    return results;
  }

  async part(part: Part): Promise<Json> {
    switch (part.kind) {
      case 'step':
        return this.#step(part);
      case 'sleep':
        await this.#saga.sleep(part.name, part.ms);
        return 'slept';
      case 'wait':
        return this.#saga.waitFor<Json>(part.name, { timeout: timeoutOf(part) });
      case 'sequence':
        return this.sequence(part.parts);
      case 'all':
        return Promise.all(part.parts.map((one) => this.part(one)));
      case 'allSettled':
        return (await Promise.allSettled(part.parts.map((one) => this.part(one)))).map(({ status }) => status);
      default:
        return this.#alternative(part);
    }
  }

  async #alternative({ kind, part, instead }: Extract<Part, { part: Part }>): Promise<Json> {
    if (kind === 'refused') return this.part(part).catch(refusedOnly(() => this.part(instead)));
    try {
      return await this.part(part);
    } catch {
      return this.part(instead);
    }
  }

  async #step(step: StepPlan): Promise<Json> {
    const declared = this.#steps.get(step.name) as unknown as Parameters<Saga['step']>[0];
    try {
      const options = step.key === undefined ? {} : { key: step.key };
      return (await this.#saga.step(declared, `input of ${useOf(step)}`, options)) as Json;
    } catch (error) {
      const { name, code } = error as Error & { code: string };
      this.#world.caught.set(useOf(step), `${name} ${code}`);
      throw error;
    }
  }
}

const refusedOnly = (instead: () => Promise<Json>) => async (error: unknown) => {
  if ((error as { code?: unknown }).code === 'no') return instead();
  throw error;
};
