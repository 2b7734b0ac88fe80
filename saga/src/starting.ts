import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import { copyJson } from './copy-json.ts';
import type { AnySaga, SagaDefinition } from './definition.ts';
import { LeaseLost, SagaMisuse } from './errors.ts';
import { createHandle, type SagaHandle } from './handle.ts';
import { findSaga, insertSaga } from './log.ts';
import type { SagaRecord } from './record.ts';
import type { Surroundings } from './surroundings.ts';
import { type SagaTables, sagasIn } from './tables.ts';
import { newSagaRecord } from './transitions.ts';
import { Volatile } from './volatile.ts';
import type { Worker } from './worker.ts';
import { IdTaken } from './write-run.ts';

export interface StartOptions<Input, Secret, Tables> {
  /** Unguessable where it is shown to anyone: the key of every effect. A random one where it is left out. */
  id?: string;
  /** Kept in the log. */
  input: Input;
  /** Kept nowhere. */
  secret?: Secret;
  /** Runs in the transaction that begins the saga, exactly once; what it throws keeps the saga from beginning. */
  inTransaction?(tables: Kysely<Tables>, saga: SagaRecord): Promise<void>;
  /**
   * What `inTransaction` asks for first and may have to wait for, where other beginnings write it too, such as a client's key.
   * Beginnings that share a transaction begin in the order of their subjects, so that two processes never wait for each other.
   */
  subject?: string | undefined;
}

/** How sagas are begun and attached to. */
export function createStarting<Tables extends SagaTables>(surroundings: Surroundings, worker: Worker) {
  /**
   * Attaches to a saga, of whatever process.
   *
   * @param definition which types its outcome
   * @returns undefined for an unknown id
   * @throws SagaMisuse `id_taken` where a saga of another name has the id
   */
  const attach = <Result = unknown>(id: string, definition?: SagaDefinition<never, Result, never>) =>
    attachTo<Result>(surroundings, worker, id, definition);

  /**
   * Starts a saga, or attaches to the one that has the id already.
   *
   * @returns once the saga is on disk
   * @throws what `inTransaction` throws; SagaMisuse `id_taken`, `not_json`, `closed`
   */
  async function start<Input, Result, Secret>(
    definition: SagaDefinition<Input, Result, Secret>,
    options: StartOptions<NoInfer<Input>, NoInfer<Secret>, Tables>,
  ): Promise<SagaHandle<Result>> {
    const { id = randomUUID() } = options;
    const toAttach = definition as unknown as SagaDefinition<never, Result, never>;
    if (surroundings.shutdown.aborted) throw new SagaMisuse('closed', 'these sagas are closed');
    for (let here = worker.find(id); here; here = worker.find(id)) {
      // Where it cannot begin, this one may, unless another caller was quicker.
      await here.milestones.started.catch(() => {});
      const attached = await attach(id, toAttach);
      if (attached) return attached;
    }
    const run = worker.begin(newRun(surroundings, definition as AnySaga, id, options));
    try {
      return createHandle<Result>(surroundings, await run.milestones.started, run);
    } catch (error) {
      // Another caller's was quicker, or a move has taken the saga before this one knew that it had begun it.
      const isThere = error instanceof IdTaken || error instanceof LeaseLost;
      const taken = isThere && (await attach(id, toAttach));
      if (taken) return taken;
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
    definition: SagaDefinition<Input, unknown, never>,
    { id, input }: { id: string; input: NoInfer<Input> },
  ): Promise<boolean> {
    return insertSaga(sagasIn(tables), newRecord(surroundings, definition as unknown as AnySaga, id, input));
  }

  return { start, startIn, attach };
}

async function attachTo<Result>(
  surroundings: Surroundings,
  worker: Worker,
  id: string,
  definition: SagaDefinition<never, Result, never> | undefined,
): Promise<SagaHandle<Result> | undefined> {
  const record = await findSaga(surroundings.store.read, id);
  if (!record) return undefined;
  if (definition && record.name !== definition.name) {
    throw new SagaMisuse('id_taken', `a saga of another name has the id ${id}`);
  }
  return createHandle<Result>(surroundings, record, worker.find(id));
}

function newRun<Tables>(
  surroundings: Surroundings,
  definition: AnySaga,
  id: string,
  { input, secret, inTransaction, subject }: StartOptions<unknown, unknown, Tables>,
) {
  const begin = inTransaction as ((tables: Kysely<never>, saga: SagaRecord) => Promise<void>) | undefined;
  return {
    definition: definition as unknown as SagaDefinition,
    record: { ...newRecord(surroundings, definition, id, input), worker: surroundings.worker },
    secret: Volatile.of<unknown>(secret),
    beginning: { subject, inTransaction: begin ?? (async () => {}) },
    isCallers: true,
  };
}

function newRecord(
  { trace, clock }: Surroundings,
  { name, version, maxValueBytes }: AnySaga,
  id: string,
  input: unknown,
): SagaRecord {
  const kept = copyJson(input, `${name}, input`, maxValueBytes);
  return newSagaRecord({ id, name, version, input: kept, trace: trace.current(), at: clock.now() });
}
