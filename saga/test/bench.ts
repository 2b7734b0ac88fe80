import { join } from 'node:path';
import { openStore as open, type Store } from 'durable-store';
import { overPostgres, readStored, storeUrl, temporaryFolder } from 'durable-store/testing';
import { vi } from 'vitest';
import {
  type AnySaga,
  isEnded,
  openSagas,
  type SagaDefinition,
  type SagaEvent,
  type SagaRecord,
  type SagasOptions,
  type SagaTables,
  sagaMigrations,
} from '../src/index.ts';

export interface BenchTables extends SagaTables {
  notes: { text: string };
}

// Time is faked, but the disk is real and may be busy.
vi.setConfig({ testTimeout: 30_000 });

type HostOptions = Partial<Omit<SagasOptions<BenchTables>, 'store' | 'logger' | 'definitions'>>;

// A server responds in real time, however fast the faked time goes by.
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

/** A store that stops responding at once and for good, as the store of a process that is gone. */
function killable(store: Store<BenchTables>) {
  let dead = false;
  const transaction: Store<BenchTables>['transaction'] = async (work) => {
    const written = store.transaction((tables) => (dead ? Promise.reject(new Error('dead')) : work(tables)));
    await written.catch(() => {});
    return dead ? forever : written;
  };
  const kill = () => {
    dead = true;
  };
  return { ...store, transaction, kill };
}

/** Log lines as text, one JSON object each; errors with their stack. */
function createTestLogger() {
  const lines: string[] = [];
  const write = (level: string) => (message: string, details?: object) => {
    const withStacks = (_name: string, value: unknown) => (value instanceof Error ? value.stack : value);
    lines.push(JSON.stringify({ level, message, ...details }, withStacks));
  };
  return { lines, logger: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') } };
}

function useFakeTime(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'] });
}

/** A store in a folder of its own, and processes that run sagas over it; the time is faked unless told otherwise. */
export function openBench({ fakeTime = true } = {}) {
  const folder = temporaryFolder();
  const file = join(folder.path, 'sagas.db');
  const closers: Array<() => Promise<unknown>> = [];
  if (fakeTime) useFakeTime();

  async function openStore(): Promise<Store<BenchTables>> {
    const store = await open<BenchTables>(await storeUrl(folder.path, 'sagas'), {
      migrations: {
        ...sagaMigrations,
        'sagas-notes': { up: (db) => db.schema.createTable('notes').addColumn('text', 'text').execute() },
      },
    });
    closers.push(store.close);
    return store;
  }

  /**
   * One process: a connection and sagas of its own. It recovers nothing unless told to.
   */
  async function openHost(definitions: AnySaga[], options: HostOptions = {}) {
    const store = killable(await openStore());
    const { logger, lines } = createTestLogger();
    const events: SagaEvent[] = [];
    const errors: Array<{ error: unknown; origin: object }> = [];
    const sagas = await openSagas<BenchTables>({
      recover: false,
      // Timers are faked on PostgreSQL as well.
      ...(fakeTime && { now: () => Date.now() }),
      observe: (_record, event) => void events.push(event),
      onError: (error, origin) => void errors.push({ error, origin }),
      ...options,
      store,
      definitions,
      logger,
    });
    let killed = false;
    closers.push(async () => {
      const closed = sagas.close();
      if (!killed) await closed;
    });

    /** The process dies where it is: nothing that it does later reaches the store. */
    function kill(): Promise<never> {
      killed = true;
      store.kill();
      void sagas.close();
      return forever;
    }

    async function find(id = 'saga-1'): Promise<SagaRecord> {
      const record = await sagas.find(id);
      if (!record) throw new Error(`no saga ${id}`);
      return record;
    }

    return {
      store,
      sagas,
      lines,
      events,
      errors,
      kill,
      find,
      /** Starts a saga and returns it as it is when its first run is over. */
      async run<Input, Result>(
        saga: SagaDefinition<Input, Result, string>,
        input: NoInfer<Input>,
        id = 'saga-1',
      ): Promise<SagaRecord> {
        const handle = await sagas.start(saga, { id, input, secret: 'canary' } as never);
        return settled(handle.rested());
      },
      untilStatus: (status: SagaRecord['status'], id = 'saga-1') =>
        until(`the saga is ${status}`, async () => (await sagas.find(id))?.status === status),
      untilEnded: (id = 'saga-1') => until('the saga has ended', async () => isEnded(await find(id))),
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
