import type { Store } from 'durable-store';
import type { CompiledQuery, Kysely, KyselyPlugin } from 'kysely';
import { vi } from 'vitest';

// As often as nothing may be under way before it is certain that nothing more comes by itself.
const QUIET_TURNS = 6;
const PATIENCE_MS = 10_000;

const realImmediate = setImmediate;
const realRandom = Math.random;
const realNow = performance.now.bind(performance);

const PASS_THROUGH: KyselyPlugin = {
  transformQuery: ({ node }) => node,
  transformResult: async ({ result }) => result,
};

/** Time that goes by only when all that could happen without it has happened. The store is real and takes real time. */
export function openVirtualTime() {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'] });
  let working = 0;
  async function counting<Result>(work: () => Promise<Result>): Promise<Result> {
    working += 1;
    try {
      return await work();
    } finally {
      working -= 1;
    }
  }

  /** Waits until nothing is under way but what waits for time to go by. */
  async function settle(): Promise<void> {
    const giveUpAt = realNow() + PATIENCE_MS;
    for (let quiet = 0; quiet < QUIET_TURNS; quiet = working === 0 ? quiet + 1 : 0) {
      await new Promise((next) => realImmediate(next));
      if (realNow() > giveUpAt) throw new Error(`the store did not respond within ${PATIENCE_MS} ms`);
    }
  }

  return {
    /** A store whose work is waited for before time goes by. */
    watch<Tables>(store: Store<Tables>): Store<Tables> {
      const transaction: Store<Tables>['transaction'] = (work, options) =>
        counting(() => store.transaction(work, options));
      return { ...store, read: watchQueries(store.read, counting), transaction };
    },
    settle,
    /** Lets what is left to chance, as the jitter of waits, come the same each time. */
    decideChance(values: readonly number[]): void {
      let calls = 0;
      Math.random = () => values[calls++ % values.length] ?? 0;
    },
    /** Lets time go by until the next timer goes off. */
    async advance(): Promise<void> {
      vi.advanceTimersToNextTimer();
      await settle();
    },
    /** Forgets the timers of processes that are gone. */
    clear: (): void => void vi.clearAllTimers(),
    /** Milliseconds that the machine's own clock counts. */
    realNow,
    [Symbol.dispose](): void {
      Math.random = realRandom;
      vi.useRealTimers();
    },
  };
}

export type VirtualTime = ReturnType<typeof openVirtualTime>;

/** A kysely each of whose queries goes through `counting`; it has an executor of its own for having a plugin. */
function watchQueries<Tables>(
  read: Kysely<Tables>,
  counting: <Result>(work: () => Promise<Result>) => Promise<Result>,
): Kysely<Tables> {
  const own = read.withPlugin(PASS_THROUGH);
  const executor = own.getExecutor();
  const executeQuery = executor.executeQuery.bind(executor);
  executor.executeQuery = ((query: CompiledQuery) => counting(() => executeQuery(query))) as typeof executeQuery;
  return own;
}
