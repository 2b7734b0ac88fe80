import type { Store } from 'durable-store';
import {
  type AnySaga,
  isEnded,
  openSagas,
  type SagaDefinition,
  type SagaEvent,
  type SagaRecord,
  type SagasOptions,
  type SagaTables,
} from '../src/index.ts';
import { forever, settled, until } from './faked-time.ts';

export interface BenchTables extends SagaTables {
  notes: { text: string };
}

export type HostOptions = Partial<Omit<SagasOptions<BenchTables>, 'store' | 'logger' | 'definitions'>>;

export type Host = Awaited<ReturnType<typeof openHost>>;

/** One process that runs sagas over a store of its own. It recovers nothing unless told to. */
export async function openHost(opened: Store<BenchTables>, definitions: AnySaga[], options: HostOptions) {
  const store = killable(opened);
  const { logger, lines } = createTestLogger();
  const events: SagaEvent[] = [];
  const errors: Array<{ error: unknown; origin: object }> = [];
  const sagas = await openSagas<BenchTables>({
    recover: false,
    observe: (_record, event) => void events.push(event),
    onError: (error, origin) => void errors.push({ error, origin }),
    ...options,
    store,
    definitions,
    logger,
  });
  let killed = false;

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
    async close(): Promise<void> {
      const closed = sagas.close();
      if (!killed) await closed;
    },
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
