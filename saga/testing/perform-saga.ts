import { AssertionError } from 'node:assert';
import {
  type AnySaga,
  type Failure,
  isEnded,
  type Json,
  type SagaDefinition,
  type SagaRecord,
  type SagaStatus,
  type SagaTables,
} from '../src/index.ts';
import { findSaga } from '../src/log.ts';
import type { StartOptions } from '../src/starting.ts';
import { sagasIn } from '../src/tables.ts';
import { overWorld, type TestSagas } from './test-sagas.ts';
import { type Crash, describe, watchWrites } from './watched-writes.ts';
import { openWorld, type World, type WorldOptions } from './world.ts';

export interface PerformOptions<Secret, Tables extends SagaTables>
  extends Omit<WorldOptions, 'definitions'>,
    Pick<StartOptions<unknown, Secret, Tables>, 'id' | 'secret' | 'inTransaction'> {
  /** Called before each run: empties what the steps write to, and may arrange faults. */
  setUp(sagas: TestSagas<Tables>): unknown;
  /** What the saga has left behind, in the steps' own stores or in tables of this one. */
  effects(sagas: TestSagas<Tables>): unknown;
  /** The definitions of the sagas that it starts. */
  children?: readonly AnySaga[];
  /**
   * Called when the saga waits, to bring the event that it waits for; after a crash it may be called again for the same
   * wait. Where it is left out, time goes by.
   */
  whileWaiting?(sagas: TestSagas<Tables>, saga: SagaRecord): Promise<unknown>;
}

/** How a saga ends. */
export interface Ending {
  readonly status: SagaStatus;
  readonly result: Json;
  readonly failure: Failure | null;
  readonly effects: unknown;
}

export interface Performance {
  readonly ending: Ending;
  /** What was written, in order. */
  readonly writes: readonly string[];
}

// No wait in a saga is longer.
const PATIENCE_MS = 100 * 365 * 86_400_000;

/**
 * Runs one saga to its end, by a process of its own over a new store.
 *
 * @throws what starting it throws; AssertionError where nothing brings it to its end
 */
export async function performSaga<Input, Result, Secret, Tables extends SagaTables>(
  definition: SagaDefinition<Input, Result, Secret>,
  input: Input,
  {
    setUp,
    effects,
    whileWaiting,
    id = 'saga-1',
    secret,
    inTransaction,
    children = [],
    ...rest
  }: PerformOptions<Secret, Tables>,
  crash?: Crash,
): Promise<Performance> {
  const watched = watchWrites(crash, async () => describe(await find(world, id)));
  const world: World<Tables> = await openWorld<Tables>(
    { ...rest, definitions: [definition, ...children] },
    watched.watch,
  );
  const sagas = overWorld(world);
  try {
    await setUp(sagas);
    watched.begin();
    const start = () =>
      world.process().sagas.start(world.definitionOf(definition), {
        id,
        input,
        ...(secret !== undefined && { secret }),
        ...(inTransaction && { inTransaction }),
      });
    const record = await untilOver(world, id, start, whileWaiting && ((saga) => whileWaiting(sagas, saga)));
    const { status, result, failure } = record;
    // A copy: the next run empties what the steps write to.
    return {
      ending: { status, result, failure, effects: structuredClone(await effects(sagas)) },
      writes: watched.writes,
    };
  } finally {
    watched.end();
    await world.close();
  }
}

type Work = () => Promise<unknown>;

/** Starts the saga as a client would, again where a crash came first, and opens the next process where one dies. */
async function untilOver<Tables extends SagaTables>(
  world: World<Tables>,
  id: string,
  start: Work,
  whileWaiting: ((saga: SagaRecord) => Promise<unknown>) | undefined,
): Promise<SagaRecord> {
  let asked: SagaRecord | undefined;
  const needsEvent = (record: SagaRecord) =>
    whileWaiting !== undefined && isWaiting(record) && asked?.revision !== record.revision;
  for (;;) {
    const record = await find(world, id);
    if (record && isOver(record)) return record;
    if (!record) await untilDone(world, start);
    else if (needsEvent(record)) {
      asked = record;
      await untilDone(world, async () => whileWaiting?.(record));
    } else await untilNext(world, id, (next) => isOver(next) || needsEvent(next));
    if (!world.process().isDead()) continue;
    asked = undefined;
    await world.crash();
  }
}

/** Lets the work end, unless the process dies of it. */
async function untilDone<Tables extends SagaTables>(world: World<Tables>, work: Work): Promise<void> {
  let isDone = false;
  const working = work().finally(() => {
    isDone = true;
  });
  working.catch(() => {});
  await world.goUntil(() => isDone || world.process().isDead(), PATIENCE_MS);
  if (isDone) await working;
}

async function untilNext<Tables extends SagaTables>(
  world: World<Tables>,
  id: string,
  isThere: (record: SagaRecord) => boolean,
): Promise<void> {
  const look = async () => {
    const record = await find(world, id);
    return world.process().isDead() || (record !== undefined && isThere(record));
  };
  if (await world.goUntil(look, PATIENCE_MS)) return;
  throw new AssertionError({ message: `nothing brings the saga to its end: ${describe(await find(world, id))}` });
}

const find = <Tables extends SagaTables>({ store }: World<Tables>, id: string) => findSaga(sagasIn(store.read), id);

const isOver = (record: SagaRecord): boolean =>
  isEnded(record) || (record.worker === null && (record.status === 'stuck' || record.status === 'paused'));

const isWaiting = ({ status, dueAt, worker }: SagaRecord): boolean =>
  status === 'waiting' && dueAt === null && worker === null;
