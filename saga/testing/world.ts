import { type Migration, openStore } from 'durable-store';
import { type AnySaga, type Logger, type SagaTables, sagaMigrations } from '../src/index.ts';
import { type Tables as SagasTables, sagasIn } from '../src/tables.ts';
import { Activity } from './activity.ts';
import { createFaults } from './faults.ts';
import { instrument } from './instrument.ts';
import type { WatchedWrite } from './mortal-store.ts';
import { createTestClock } from './test-clock.ts';
import { openProcess, type TestProcess, type UnexpectedError } from './test-process.ts';

export interface WorldOptions {
  /** Every name and version that the test's processes may run. */
  definitions: readonly AnySaga[];
  /** Those of the tables that the sagas' hooks write to. */
  migrations?: Record<string, Migration>;
  /** When the test begins, milliseconds since the epoch; the beginning of 2030 where it is left out. */
  now?: number;
  /** As for `openSagas`. */
  stuckAfterMs?: number;
  /** Where the engine's log lines go; nowhere where it is left out. */
  logger?: Logger;
}

/** A store in memory, a clock, and a process that runs sagas over them until it dies and the next one is opened. */
export interface World<Tables extends SagaTables> extends Awaited<ReturnType<typeof openMachine<Tables>>> {
  process(): TestProcess<Tables>;
  /** Lets everything run that needs no time to go by. */
  settle(): Promise<void>;
  /**
   * Lets time go by until `isThere`, from one moment at which something may happen to the next.
   *
   * @returns false where it is not there within that time
   */
  goUntil(isThere: () => boolean | Promise<boolean>, withinMs: number): Promise<boolean>;
  /** Ends the process where it is, unless it is dead, and opens the next one. */
  crash(): Promise<void>;
  close(): Promise<void>;
}

const START = Date.UTC(2030, 0, 1);
// A shutdown waits for an undo that is under way.
const CLOSES_WITHIN_MS = 60_000;
const UNWATCHED: WatchedWrite = { dies: undefined, ended: async () => {} };

/** @param watch called when a transaction of a process begins */
export async function openWorld<Tables extends SagaTables>(
  options: WorldOptions,
  watch: () => WatchedWrite = () => UNWATCHED,
): Promise<World<Tables>> {
  const machine = await openMachine<Tables>(options);
  const { store, clock, faults, activity } = machine;
  const open = () => openProcess<Tables>({ ...machine.processOptions, watch: noting(watch, activity) });
  let process = await open();

  async function settle(): Promise<void> {
    do await activity.untilQuiet();
    while (await faults.attemptsEnd());
  }

  async function goUntil(isThere: () => boolean | Promise<boolean>, withinMs: number): Promise<boolean> {
    const end = clock.now() + withinMs;
    for (;;) {
      await settle();
      if (await isThere()) return true;
      const next = Math.min(clock.nextTimerAt(), await nextDueAt(sagasIn(store.read), clock.now()));
      if (next > end) break;
      clock.moveTo(next);
    }
    clock.moveTo(end);
    await settle();
    return isThere();
  }

  async function crash(): Promise<void> {
    process.kill();
    process = await open();
    await settle();
  }

  async function close(): Promise<void> {
    if (!process.isDead()) {
      let isClosed = false;
      const closing = process.sagas.close().finally(() => {
        isClosed = true;
      });
      await goUntil(() => isClosed, CLOSES_WITHIN_MS);
      await closing;
    }
    await store.close();
  }

  return { ...machine, process: () => process, settle, goUntil, crash, close };
}

/** What outlives the processes. */
async function openMachine<Tables extends SagaTables>(options: WorldOptions) {
  const { definitions, migrations, now = START, stuckAfterMs, logger } = options;
  const activity = new Activity();
  const clock = createTestClock(now, activity.note);
  const store = await openStore<Tables>('memory:', { migrations: { ...sagaMigrations, ...migrations } });
  const faults = createFaults(new Set(definitions.flatMap(({ steps }) => [...steps.values()])), activity.note);
  const instrumented = new Map(definitions.map((one) => [one, instrument(one, faults.attempt)]));
  const errors: UnexpectedError[] = [];
  return {
    store,
    clock,
    faults,
    errors,
    activity,
    processOptions: {
      store,
      clock,
      definitions: [...instrumented.values()],
      onError: (error: unknown, origin: UnexpectedError['origin']) => void errors.push({ error, origin }),
      ...(stuckAfterMs !== undefined && { stuckAfterMs }),
      ...(logger && { logger }),
    },
    /** What the test's own definition has become for the engine. */
    definitionOf: <Definition>(definition: Definition): Definition =>
      (instrumented.get(definition as AnySaga) ?? definition) as Definition,
  };
}

function noting(watch: () => WatchedWrite, activity: Activity): () => WatchedWrite {
  return () => {
    activity.note();
    const { dies, ended } = watch();
    return {
      dies,
      async ended() {
        activity.note();
        await ended();
      },
    };
  };
}

/** When the next lease, wait between runs or timer of a saga ends. */
async function nextDueAt(tables: SagasTables, now: number): Promise<number> {
  const earliest = async (column: 'due_at' | 'wake_at') => {
    const query = tables.selectFrom('sagas').select(({ fn }) => fn.min(column).as('at'));
    const row = await query.where(column, '>', now).executeTakeFirst();
    return row?.at ?? Infinity;
  };
  return Math.min(await earliest('due_at'), await earliest('wake_at'));
}
