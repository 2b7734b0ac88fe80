import type { Store } from 'durable-store';
import type { AnySaga } from '../../src/index.ts';
import type { BenchTables } from '../bench.ts';
import type { Disruptions } from './disruptions.ts';
import { DoomedProcess } from './doomed-process.ts';
import { defineRandom, defineVersion2 } from './random-definition.ts';
import type { Disruption } from './random-plan.ts';
import type { World } from './random-world.ts';

const REPLACED_AFTER_MS = 600;

type Definitions = (process: DoomedProcess) => AnySaga[];

/** The processes on one store, of which another one comes where one is gone, or seems to be. */
export class Processes {
  readonly all: DoomedProcess[] = [];
  readonly #store: Store<BenchTables>;
  readonly #world: World;
  readonly #disruptions: Disruptions;
  readonly #closing = new Set<DoomedProcess>();
  #coming = 0;

  constructor(store: Store<BenchTables>, world: World, disruptions: Disruptions) {
    this.#store = store;
    this.#world = world;
    this.#disruptions = disruptions;
  }

  /** The latest one that can run the saga. */
  get current(): DoomedProcess | undefined {
    return this.all.findLast((process) => process.canRun);
  }

  /** Whether one is on its way, closes or has lost its store. */
  get areUnsettled(): boolean {
    const unsettled = [...this.#closing, ...this.all.filter(({ isFrozen }) => isFrozen)];
    return this.#coming > 0 || unsettled.some(({ isDead }) => !isDead);
  }

  readonly own: Definitions = (process) => [defineRandom(this.#world, process) as unknown as AnySaga];
  readonly #version2: Definitions = () => [defineVersion2(this.#world) as unknown as AnySaga];

  /** @param definitions what the process may run, the plan's own where it is left out */
  async open(
    definitions: Definitions = this.own,
    { exclusive = false, recover = true }: { exclusive?: boolean; recover?: boolean } = {},
  ): Promise<DoomedProcess> {
    const process = await DoomedProcess.open(this.#store, definitions, this.#disruptions, {
      exclusive,
      recover,
      disrupted: ({ next }) => this.replace(next),
      fence: this.#world.fence,
      violated: this.#world.violated,
    });
    if (definitions !== this.#version2) this.all.push(process);
    return process;
  }

  /** Another process comes after a while. */
  replace(next: Disruption['next']): void {
    this.#coming += 1;
    setTimeout(async () => {
      if (next === 'comes after one with version 2 only') await this.open(this.#version2);
      const both: Definitions = (process) => [...this.own(process), ...this.#version2(process)];
      const exclusive = next === 'exclusive' && this.all.every(({ isDead }) => isDead);
      await this.open(next === 'has version 2 as well' ? both : this.own, { exclusive });
      this.#coming -= 1;
    }, REPLACED_AFTER_MS);
  }

  /** The process ends in good order. */
  shutDown(process: DoomedProcess): void {
    process.isClosing = true;
    this.#closing.add(process);
    void process.sagas.close({ graceMs: 100 }).then(() => this.#closing.delete(process));
    this.replace('waits for the lease');
  }

  /** All of them are gone at once. */
  kill(): void {
    for (const process of this.all) process.kill();
  }
}
