import { randomUUID } from 'node:crypto';
import type { Store } from 'durable-store';
import type { Kysely } from 'kysely';
import { findMissingDefinitions, type MissingDefinition } from './check-log.ts';
import { expireLeases } from './claims.ts';
import { openClock } from './clock.ts';
import { copyJson } from './copy-json.ts';
import type { AnySaga, SagaDefinition } from './definition.ts';
import { SagaMisuse } from './errors.ts';
import { createHandle, type SagaHandle } from './handle.ts';
import { findSaga, insertSaga, listSagas, type SagaFilter, type SagaPage } from './log.ts';
import { OpenAttempts } from './open-attempts.ts';
import { createOperations } from './operations.ts';
import { type Logger, type Observe, type OnError, silent, type Tracer, untraced } from './ports.ts';
import type { SagaRecord } from './record.ts';
import { createRetention } from './retention.ts';
import { type SignalOptions, signalIn } from './signals.ts';
import type { Surroundings } from './surroundings.ts';
import { type SagaTables, sagasIn } from './tables.ts';
import { newSagaRecord } from './transitions.ts';
import { Volatile } from './volatile.ts';
import { createWorker, type Definitions } from './worker.ts';
import { IdTaken } from './write-run.ts';

export interface SagasOptions<Tables extends SagaTables> {
  /** Holds the engine's tables (`sagaMigrations`) beside the caller's own. */
  store: Store<Tables>;
  /** Every name and version that this process may run. */
  definitions: readonly AnySaga[];
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
  now?: () => number;
}

export interface StartOptions<Input, Secret, Tables> {
  /** Unguessable where it is shown to anyone: the key of every effect. A random one where it is left out. */
  id?: string;
  /** Kept in the log. */
  input: Input;
  /** Kept nowhere. */
  secret?: Secret;
  /** Runs in the transaction that begins the saga, exactly once; what it throws keeps the saga from beginning. */
  inTransaction?(tables: Kysely<Tables>, saga: SagaRecord): Promise<void>;
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
  const { recover = true, exclusive = false } = options;
  const store = options.store as unknown as Store<SagaTables>;
  const definitions = indexDefinitions(options.definitions);
  const shutdown = new AbortController();
  const surroundings: Surroundings = {
    store,
    clock: await openClock(store, options.now),
    worker: randomUUID(),
    logger: options.logger ?? silent,
    trace: options.trace ?? untraced,
    observe: options.observe ?? (() => {}),
    onError: options.onError ?? (() => {}),
    attempts: new OpenAttempts(),
    stuckAfterMs: options.stuckAfterMs ?? STUCK_AFTER_MS,
    shutdown: shutdown.signal,
  };
  const { clock, logger, trace } = surroundings;
  const worker = createWorker(surroundings, definitions);
  const retention = createRetention(surroundings, definitions.all);
  const operations = createOperations(surroundings, definitions, worker);

  function newRecord({ name, version, maxValueBytes }: AnySaga, id: string, input: unknown): SagaRecord {
    const kept = copyJson(input, `${name}, input`, maxValueBytes);
    return newSagaRecord({ id, name, version, input: kept, trace: trace.current(), at: clock.now() });
  }

  /** @throws SagaMisuse `id_taken` where a saga of another name has the id */
  async function attach<Result>(definition: AnySaga, id: string): Promise<SagaHandle<Result> | undefined> {
    const record = await findSaga(store.read, id);
    if (!record) return undefined;
    if (record.name !== definition.name) throw new SagaMisuse('id_taken', `a saga of another name has the id ${id}`);
    return createHandle<Result>(store, record, shutdown.signal, worker.find(id));
  }

  /**
   * Starts a saga, or attaches to the one that has the id already.
   *
   * @returns once the saga is on disk
   * @throws what `inTransaction` throws; SagaMisuse `id_taken`, `not_json`
   */
  async function start<Input, Result, Secret>(
    definition: SagaDefinition<Input, Result, Secret, never>,
    { id = randomUUID(), input, secret, inTransaction }: StartOptions<NoInfer<Input>, NoInfer<Secret>, Tables>,
  ): Promise<SagaHandle<Result>> {
    for (let here = worker.find(id); here; here = worker.find(id)) {
      // Where it could not begin, this one may, unless another caller was quicker.
      await here.started.catch(() => {});
      const attached = await attach<Result>(definition as AnySaga, id);
      if (attached) return attached;
    }
    const record = { ...newRecord(definition as AnySaga, id, input), worker: surroundings.worker };
    const begin = inTransaction as ((tables: Kysely<never>, saga: SagaRecord) => Promise<void>) | undefined;
    const run = worker.begin(definition as unknown as SagaDefinition, record, Volatile.of<unknown>(secret), {
      inTransaction: begin ?? (async () => {}),
    });
    try {
      return createHandle<Result>(store, await run.started, shutdown.signal, run);
    } catch (error) {
      const attached = error instanceof IdTaken && (await attach<Result>(definition as AnySaga, id));
      if (attached) return attached;
      throw error;
    }
  }

  /**
   * Starts a saga in a transaction of the caller's: it runs exactly if that is committed. It has no secret, because any
   * worker may run it.
   *
   * @returns false where the id is taken
   */
  async function startIn<Input>(
    tables: Kysely<Tables>,
    definition: SagaDefinition<Input, unknown, never, never>,
    { id, input }: { id: string; input: NoInfer<Input> },
  ): Promise<boolean> {
    return insertSaga(sagasIn(tables), newRecord(definition as unknown as AnySaga, id, input));
  }

  /**
   * Brings a saga an event that it waits for, or will wait for.
   *
   * @returns false where one with the same dedupe key came before
   * @throws SagaNotFound; NotPossible `saga_ended`
   */
  async function signal(
    id: string,
    name: string,
    payload: unknown = null,
    { dedupeKey, inTransaction }: SignalOptions<Tables> = {},
  ): Promise<boolean> {
    const isNew = await store.transaction(async (tables) => {
      const kept = await signalIn(tables, surroundings, { saga: id, name, payload, dedupeKey });
      if (kept) await inTransaction?.(tables as unknown as Kysely<Tables>);
      return kept;
    });
    if (isNew) await worker.claim(id);
    return isNew;
  }

  /** Looks for sagas that this process can neither run nor cancel, because it was not given their name and version. */
  const check = (): Promise<MissingDefinition[]> =>
    findMissingDefinitions(store.read, (name, version) => definitions.find(name, version) !== undefined);

  async function close({ graceMs = 0 }: { graceMs?: number } = {}): Promise<void> {
    await Promise.all([worker.close(graceMs, () => shutdown.abort()), retention.close()]);
  }

  if (exclusive) await store.transaction((tables) => expireLeases(tables, clock.now()));
  if (recover) {
    worker.open();
    retention.open();
  }
  for (const missing of await check()) logger.warn('sagas of a definition that this process was not given', missing);

  return {
    start,
    startIn,
    signal,
    ...operations,
    check,
    removeEnded: retention.removeEnded,
    find: (id: string): Promise<SagaRecord | undefined> => findSaga(store.read, id),
    list: (filter?: SagaFilter): Promise<SagaPage> => listSagas(store.read, filter),
    /** Lets what runs here end within `graceMs`, then leaves the rest to the next process. It always returns. */
    close,
  };
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
