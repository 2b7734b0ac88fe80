import { randomBytes } from 'node:crypto';
import type { Store } from 'durable-store';
import { findMissingDefinitions, type MissingDefinition } from './check-log.ts';
import { expireLeases } from './claims.ts';
import { openClock } from './clock.ts';
import type { AnySaga, SagaDefinition } from './definition.ts';
import { SagaMisuse } from './errors.ts';
import { findSaga, listSagas, type SagaFilter, type SagaPage } from './log.ts';
import { OpenAttempts } from './open-attempts.ts';
import { createOperations } from './operations.ts';
import { type Logger, type Observe, type OnError, silent, type Tracer, untraced } from './ports.ts';
import type { SagaRecord } from './record.ts';
import { createRetention } from './retention.ts';
import { createSignal } from './signalling.ts';
import { createStarting } from './starting.ts';
import type { Definitions, Surroundings, Writing } from './surroundings.ts';
import type { SagaTables } from './tables.ts';
import type { Timers } from './timers.ts';
import { Worker } from './worker.ts';
import { createRunWriter } from './write-together.ts';

export interface SagasOptions<Tables extends SagaTables> {
  /** Holds the engine's tables (`sagaMigrations`) beside the caller's own. */
  store: Store<Tables>;
  /** Every name and version that this process may run. */
  definitions: readonly AnySaga[];
  /** Names of sagas on this store that another engine runs, in this process or elsewhere: `check` passes over them. */
  elsewhere?: readonly string[];
  logger?: Logger;
  trace?: Tracer;
  /** For metrics. */
  observe?: Observe;
  onError?: OnError;
  /** False for a process that starts sagas and leaves it to others to recover them. */
  recover?: boolean;
  /** Whether no other process can be on this store; then the leases of the process before are over at once. */
  exclusive?: boolean;
  /** How long a saga may make no progress before it is stuck, in milliseconds; 30,000 where it is left out. */
  stuckAfterMs?: number;
  /** Replaces the clock of leases and timers, for tests; milliseconds since the epoch. */
  now?: (() => number) | undefined;
  /** Replaces Node's timers, for tests. */
  timers?: Timers;
}

const STUCK_AFTER_MS = 30_000;

export type Sagas<Tables extends SagaTables = SagaTables> = Awaited<ReturnType<typeof openSagas<Tables>>>;

/**
 * Runs sagas that survive their process: each under a lease, and what no worker runs is claimed, at the start and ever
 * after, by this process or another one on the same store.
 *
 * @throws SagaMisuse `duplicate_definition`; what the store throws
 */
export async function openSagas<Tables extends SagaTables>(options: SagasOptions<Tables>) {
  const { recover = true, exclusive = false, elsewhere = [] } = options;
  const store = options.store as unknown as Store<SagaTables>;
  const definitions = indexDefinitions(options.definitions);
  const shutdown = new AbortController();
  const clock = await openClock(store, options.now, options.timers);
  const writing: Writing = {
    store,
    definitions,
    clock,
    // Short, because it is written with every step.
    worker: randomBytes(6).toString('base64url'),
    logger: options.logger ?? silent,
    trace: options.trace ?? untraced,
    observe: options.observe ?? (() => {}),
    onError: options.onError ?? (() => {}),
    attempts: new OpenAttempts(clock),
    stuckAfterMs: options.stuckAfterMs ?? STUCK_AFTER_MS,
    shutdown: shutdown.signal,
  };
  const surroundings: Surroundings = { ...writing, writeRun: createRunWriter(writing) };
  const worker = new Worker(surroundings);
  const retention = createRetention(surroundings, definitions.all);
  const sagas = {
    ...createStarting<Tables>(surroundings, worker),
    ...createOperations(surroundings, worker),
    signal: createSignal<Tables>(surroundings, worker),
    /** Looks for sagas that this process can neither run nor cancel, because it was not given their name and version. */
    check: (): Promise<MissingDefinition[]> =>
      findMissingDefinitions(
        store.read,
        (name, version) => elsewhere.includes(name) || definitions.find(name, version) !== undefined,
      ),
    /** The time that leases and timers go by, in milliseconds since the epoch. */
    now: (): number => clock.now(),
    removeEnded: retention.removeEnded,
    find: (id: string): Promise<SagaRecord | undefined> => findSaga(store.read, id),
    list: (filter?: SagaFilter): Promise<SagaPage> => listSagas(store.read, filter),
    /** Lets what runs here end within `graceMs`, then leaves the rest to the next process. It always returns. */
    async close({ graceMs = 0 }: { graceMs?: number } = {}): Promise<void> {
      await Promise.all([worker.close(graceMs, () => shutdown.abort()), retention.close()]);
    },
  };

  if (exclusive) await store.transaction((tables) => expireLeases(tables, clock.now(), definitions.runnable));
  if (recover) {
    worker.poll();
    retention.open();
  }
  for (const missing of await sagas.check()) {
    surroundings.logger.warn('sagas of a definition that this process was not given', missing);
  }
  return sagas;
}

function indexDefinitions(given: readonly AnySaga[]): Definitions & { all: SagaDefinition[] } {
  const all = given as unknown as SagaDefinition[];
  const byName = new Map<string, SagaDefinition>();
  for (const definition of all) {
    const key = `${definition.version} ${definition.name}`;
    if (byName.has(key)) {
      const which = `${definition.name}, version ${definition.version}`;
      throw new SagaMisuse('duplicate_definition', `two definitions are called ${which}`);
    }
    byName.set(key, definition);
  }
  return {
    all,
    runnable: all.map(({ name, version }) => ({ name, version })),
    find: (name, version) => byName.get(`${version} ${name}`),
  };
}
