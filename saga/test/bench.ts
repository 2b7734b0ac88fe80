import { join } from 'node:path';
import { createTestLogger, overPostgres, readStored, storeUrl, temporaryFolder } from '@appointments/chassis/testing';
import { openStore, type Store } from 'durable-store';
import { vi } from 'vitest';
import {
  createSagaRunner,
  isTerminal,
  type SagaDefinition,
  type SagaRecord,
  type SagaRunnerOptions,
  type SagaTables,
  sagasMigration,
} from '../src/index.ts';

export interface BenchTables extends SagaTables {
  notes: { text: string };
}

// Time is faked, but the disk is real and may be busy.
vi.setConfig({ testTimeout: 30_000 });

type HostOptions = Partial<Omit<SagaRunnerOptions<BenchTables>, 'database' | 'logger' | 'sagas'>>;
type AnySaga = SagaDefinition<never, never, unknown>;

// A server answers in real time, however fast the faked time goes by.
const realSetTimeout = setTimeout;

export const forever = new Promise<never>(() => {});

/** Lets the faked time go by until `condition` holds. */
export async function until(what: string, condition: () => unknown, withinMs = 60_000): Promise<void> {
  for (let waited = 0; !(await condition()); waited += 20) {
    if (waited > withinMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    await vi.advanceTimersByTimeAsync(20);
    if (overPostgres()) await new Promise((next) => realSetTimeout(next, 2));
  }
}

/** Lets the faked time go by until the promise is settled. */
export async function settled<Value>(promise: Promise<Value>): Promise<Value> {
  let over = false;
  const note = () => {
    over = true;
  };
  promise.then(note, note);
  await until('the promise is settled', () => over);
  return promise;
}

/** A store that stops answering at once and for good, as the store of a process that is gone. */
function killable(database: Store<BenchTables>) {
  let dead = false;
  const transaction: Store<BenchTables>['transaction'] = async (work) => {
    const written = database.transaction((tables) => (dead ? Promise.reject(new Error('dead')) : work(tables)));
    await written.catch(() => {});
    return dead ? forever : written;
  };
  const kill = () => {
    dead = true;
  };
  return { ...database, transaction, kill };
}

function useFakeTime(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] });
}

/** A store in a folder of its own, and processes that run sagas over it; the time is faked unless told otherwise. */
export function openBench({ fakeTime = true } = {}) {
  const folder = temporaryFolder();
  const file = join(folder.path, 'sagas.db');
  const closers: Array<() => Promise<unknown>> = [];
  if (fakeTime) useFakeTime();

  async function openStoreOfSagas(): Promise<Store<BenchTables>> {
    const store = await openStore<BenchTables>(await storeUrl(folder.path, 'sagas'), {
      migrations: {
        '001-sagas': sagasMigration,
        '002-notes': { up: (db) => db.schema.createTable('notes').addColumn('text', 'text').execute() },
      },
    });
    closers.push(store.close);
    return store;
  }

  /** One process: a connection and a runner of its own. */
  async function openHost(sagas: AnySaga[], options: HostOptions = {}) {
    const store = killable(await openStoreOfSagas());
    const { logger, lines } = createTestLogger();
    const runner = createSagaRunner({ deadlineMs: 300_000, ...options, database: store, sagas, logger });
    let killed = false;
    closers.push(async () => {
      const closed = runner.close(0);
      if (!killed) await closed;
    });

    /** The process dies where it is: nothing that it does later reaches the store. */
    function kill(): Promise<never> {
      killed = true;
      store.kill();
      void runner.close(0);
      return forever;
    }

    async function find(id = 'saga-1'): Promise<SagaRecord> {
      const record = await runner.find(id);
      if (!record) throw new Error(`no saga ${id}`);
      return record;
    }

    return {
      store,
      runner,
      lines,
      kill,
      find,
      /** Starts a saga and returns it as it is when its first drive has ended. */
      async tell<Input>(saga: SagaDefinition<Input, string>, input: Input, id = 'saga-1'): Promise<SagaRecord> {
        const { ended } = await runner.start(saga, id, input, { secret: 'canary' });
        return settled(ended);
      },
      untilStatus: (status: SagaRecord['status'], id = 'saga-1') =>
        until(`the saga is ${status}`, async () => (await runner.find(id))?.status === status),
      untilTerminal: (id = 'saga-1') => until('the saga has ended', async () => isTerminal(await find(id))),
    };
  }

  return {
    file,
    storeUrl: () => storeUrl(folder.path, 'sagas'),
    /** Every byte that is in the store. */
    stored: async () => (await readStored(folder.path)).join('\n'),
    openHost,
    async [Symbol.asyncDispose]() {
      vi.useRealTimers();
      vi.restoreAllMocks();
      for (const close of closers.reverse()) await close();
      folder[Symbol.dispose]();
    },
  };
}

export type Host = Awaited<ReturnType<ReturnType<typeof openBench>['openHost']>>;
