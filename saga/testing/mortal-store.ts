import type { Store } from 'durable-store';

/** On which side of a write's commit a process dies. */
export type Moment = 'before' | 'after';

export interface MortalStoreOptions {
  /** Called when a transaction begins; says whether the process dies of it. */
  begins(): Moment | undefined;
  /** Called when a transaction is over, before its caller knows. */
  ended(): Promise<void>;
  died(): void;
}

const never = new Promise<never>(() => {});

/** Fails the transactions that were open when their process died, so that they are rolled back. */
class ProcessGone extends Error {
  override name = 'ProcessGone';
}

/** The store as one process has it: once the process is dead, no more of its transactions is committed or answered. */
export function createMortalStore<Tables>(store: Store<Tables>, { begins, ended, died }: MortalStoreOptions) {
  let dead = false;

  function kill(): void {
    if (dead) return;
    dead = true;
    died();
  }

  const transaction: Store<Tables>['transaction'] = async (work, options) => {
    if (dead) return never;
    const moment = begins();
    const written = store.transaction(async (tables) => {
      if (dead) throw new ProcessGone();
      const result = await work(tables);
      if (moment === 'before') kill();
      if (dead) throw new ProcessGone();
      return result;
    }, options);
    await written.catch(() => {});
    await ended();
    if (moment === 'after') kill();
    return dead ? never : written;
  };

  return { store: { ...store, transaction }, kill, isDead: () => dead };
}

export type MortalStore<Tables> = ReturnType<typeof createMortalStore<Tables>>;
