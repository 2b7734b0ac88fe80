import type { Store } from 'durable-store';
import { type AnySaga, openSagas, type SagaEvent, type SagaRecord, type Sagas } from '../../src/index.ts';
import type { BenchTables } from '../bench.ts';
import type { Disruptions } from './disruptions.ts';
import type { LatestFence } from './latest-fence.ts';
import type { Disruption } from './random-plan.ts';

/** Longer than a lease lasts. */
const FROZEN_MS = 9_000;
const THAW_STEP_MS = 10;

const forever = new Promise<never>(() => {});

/** What a write of a process throws whose store does not respond. */
export class StoreDown extends Error {}

export interface ProcessOptions {
  recover: boolean;
  exclusive: boolean;
  /** Told what kept it from going on. */
  disrupted(by: Disruption): void;
  fence: LatestFence;
  violated(what: string): void;
}

/** One process that runs sagas, and that may die or lose its store at any call and any write. */
export class DoomedProcess {
  isDead = false;
  isClosing = false;
  sagas!: Sagas<BenchTables>;
  /** Calls of steps, recoveries and undos that have not settled. */
  readonly running = new Set<string>();
  /** Uses of steps whose undo it has called. */
  readonly undone = new Set<string>();
  /** Uses of steps that its recoveries have found done, and those that they have not found. */
  readonly found = new Set<string>();
  readonly notFound = new Set<string>();
  /** Where the saga was headed when the undo of a step of this name began. */
  readonly goalAtUndo = new Map<string, SagaRecord['goal']>();
  /** Names of steps that are done, as the log has it. */
  readonly done = new Set<string>();
  readonly #disruptions: Disruptions;
  readonly #options: ProcessOptions;
  /** Resolves when the store responds again; undefined while it does. */
  #frozen: Promise<void> | undefined;

  private constructor(disruptions: Disruptions, options: ProcessOptions) {
    this.#disruptions = disruptions;
    this.#options = options;
  }

  static async open(
    store: Store<BenchTables>,
    definitions: (process: DoomedProcess) => AnySaga[],
    disruptions: Disruptions,
    options: ProcessOptions,
  ): Promise<DoomedProcess> {
    const process = new DoomedProcess(disruptions, options);
    process.sagas = await openSagas<BenchTables>({
      recover: options.recover,
      exclusive: options.exclusive,
      now: () => Date.now(),
      store: process.#overStore(store),
      definitions: definitions(process),
      observe: (record, event) => process.#observe(record, event),
    });
    return process;
  }

  get isFrozen(): boolean {
    return this.#frozen !== undefined;
  }

  get canRun(): boolean {
    return !this.isDead && !this.isFrozen && !this.isClosing;
  }

  /** Does what the process does in a call of a step, unless it dies of it. */
  async call<Result>(name: string, ms: number, signal: AbortSignal | undefined, work: () => Result): Promise<Result> {
    if (this.isDead) return forever;
    if (this.running.has(name)) this.#options.violated(`${name} began beside itself`);
    this.running.add(name);
    try {
      return await this.#callOnce(ms, signal, work);
    } finally {
      this.running.delete(name);
    }
  }

  async #callOnce<Result>(ms: number, signal: AbortSignal | undefined, work: () => Result): Promise<Result> {
    const disruption = this.#disruptions.meet('call');
    if (disruption?.what === 'dies before') return this.#die(disruption);
    await delay(ms, signal);
    if (this.isDead) return forever;
    if (signal?.aborted) throw signal.reason;
    if (disruption?.what === 'freezes') this.#freeze(disruption);
    try {
      return work();
    } finally {
      if (disruption?.what === 'dies after') this.#die(disruption);
      // Nobody learns what became of it.
      if (this.isDead) await forever;
    }
  }

  /** The process is gone: nothing that it does later reaches the store or a backend. */
  kill(): void {
    this.isDead = true;
    void this.sagas.close();
  }

  /** A process that is gone by the end of it learns nothing of that. */
  async #whileAlive<Result>(work: Promise<Result>): Promise<Result> {
    await work.catch(() => {});
    return this.isDead ? forever : work;
  }

  #die(disruption: Disruption): Promise<never> {
    this.kill();
    this.#options.disrupted(disruption);
    return forever;
  }

  #freeze(disruption: Disruption): void {
    const thaw = this.#thaw(disruption).then(() => {
      if (this.#frozen === thaw) this.#frozen = undefined;
    });
    this.#frozen = thaw;
    this.#options.disrupted(disruption);
  }

  /** The store is back soon after another process has claimed the saga, when a run that goes on would do most harm. */
  async #thaw({ count }: Disruption): Promise<void> {
    await Promise.race([this.#options.fence.raised, delay(FROZEN_MS, undefined)]);
    await delay(count * THAW_STEP_MS, undefined);
  }

  #observe(record: SagaRecord, event: SagaEvent): void {
    const { kind, status, step = '' } = event;
    if (kind === 'undo' && status === 'running') this.goalAtUndo.set(step, record.goal);
    if (kind === 'step' && status === 'done') this.done.add(step);
    const isTold = kind === 'saga' || status === 'done';
    if (isTold && record.fence < this.#options.fence.token)
      this.#options.violated('a run wrote after its saga was claimed');
  }

  #overStore(store: Store<BenchTables>): Store<BenchTables> {
    const transaction: Store<BenchTables>['transaction'] = async (work, options) => {
      if (this.isDead) return forever;
      const disruption = this.sagas && this.#disruptions.meet('write');
      if (disruption?.what === 'dies before') return this.#die(disruption);
      if (disruption?.what === 'freezes') this.#freeze(disruption);
      while (this.#frozen) await this.#frozen;
      if (this.isDead) return forever;
      if (disruption?.what === 'fails') throw new StoreDown('the write failed');
      const write = () =>
        this.#whileAlive(
          store.transaction((tables) => (this.isDead ? Promise.reject(new Error('dead')) : work(tables)), options),
        );
      const written = write();
      await written.catch(() => {});
      if (disruption?.what === 'loses the response') {
        if (options?.repeatable) return write();
        throw new StoreDown('the response to a commit was lost');
      }
      return disruption?.what === 'dies after' ? this.#die(disruption) : written;
    };
    return { ...store, transaction };
  }
}

function delay(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (ms === 0 || signal?.aborted) return resolve();
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
