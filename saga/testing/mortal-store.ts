import type { Store } from 'durable-store';

/** On which side of a write's commit a process dies. */
export type Moment = 'before' | 'after';

/** One transaction of a process, as it begins. */
export interface WatchedWrite {
  /** Where the process dies of it. */
  readonly dies: Moment | undefined;
  /** Called when it is over, before its caller knows. */
  ended(): Promise<void>;
}

export interface MortalStoreOptions {
  /** Called when a transaction begins. */
  watch(): WatchedWrite;
  died(): void;
}

const never = new Promise<never>(() => {});

/** Fails the transactions that were open when their process died, so that they are rolled back. */
class ProcessGone extends Error {
  override name = 'ProcessGone';
}

/** The store as one process has it: once the process is dead, no more of its transactions is committed or answered. */
export function createMortalStore<Tables>(store: Store<Tables>, { watch, died }: MortalStoreOptions) {
  let dead = false;

  function kill(): void {
    if (dead) return;
    dead = true;
    died();
  }

  const transaction: Store<Tables>['transaction'] = async (work, options) => {
    if (dead) return never;
    const { dies, ended } = watch();
    const written = store.transaction(async (tables) => {
      if (dead) throw new ProcessGone();
      const result = await work(tables);
      if (dies === 'before') kill();
      if (dead) throw new ProcessGone();
      return result;
    }, options);
    await written.catch(() => {});
    await ended();
    if (dies === 'after') kill();
    return dead ? never : written;
  };

  return { store: { ...store, transaction }, kill, isDead: () => dead };
}

export type MortalStore<Tables> = ReturnType<typeof createMortalStore<Tables>>;
