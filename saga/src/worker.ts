import { claimDue, claimOne, isAnythingDue, type Runnable } from './claims.ts';
import { compensate } from './compensation.ts';
import type { SagaDefinition } from './definition.ts';
import { NotFinished } from './errors.ts';
import { Execution } from './execution.ts';
import { runForward } from './forward.ts';
import { createLeases } from './leases.ts';
import { leaveRun } from './leave-run.ts';
import { isEnded, type SagaRecord } from './record.ts';
import type { Surroundings } from './surroundings.ts';
import { Volatile } from './volatile.ts';
import type { Beginning } from './write-run.ts';

const LOOK_EVERY_MS = 400;
const SYNC_CLOCK_EVERY_MS = 5_000;
// Claimed sagas leave room for those that are started here.
const MAX_CLAIMED = 64;
// A due time further away is left to the regular look.
const LOOK_AHEAD_MS = 60_000;

/** What a worker may run, by name and version. */
export interface Definitions {
  find(name: string, version: number): SagaDefinition | undefined;
  readonly runnable: Runnable;
}

export type Worker = ReturnType<typeof createWorker>;

/** Runs sagas under leases: those that are started here, and those that it claims because no other worker runs them. */
export function createWorker(surroundings: Surroundings, definitions: Definitions) {
  const { store, clock, logger, shutdown } = surroundings;
  const leases = createLeases(store, clock, (error) => logger.warn('renewing leases failed', { error }));
  const active = new Set<Promise<unknown>>();
  let claimed = 0;
  let moreIsDue = false;
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<unknown> | undefined;
  let isClosing = false;
  let clockSyncedAt = performance.now();

  /** Runs a saga until it has ended, waits, or is left to the next run. */
  function begin(
    definition: SagaDefinition,
    record: SagaRecord,
    secret: Volatile<unknown>,
    beginning?: Beginning,
  ): Execution {
    const execution = new Execution(definition, record, surroundings, secret, beginning);
    leases.hold(execution);
    const running = execute(execution).finally(() => {
      leases.release(execution);
      active.delete(running);
    });
    active.add(running);
    return execution;
  }

  const claimNow = () => ({ now: clock.now(), worker: surroundings.worker, runnable: definitions.runnable });

  function runClaimed(record: SagaRecord): Promise<SagaRecord> {
    const definition = definitions.find(record.name, record.version) as SagaDefinition;
    claimed += 1;
    return begin(definition, record, Volatile.lost()).ended.finally(() => {
      claimed -= 1;
      // Thousands may be due after a crash: the next ones do not wait for the timer as well.
      if (moreIsDue && claimed <= MAX_CLAIMED / 2) lookAtOnce();
    });
  }

  async function claimWhatIsDue(): Promise<void> {
    if (performance.now() - clockSyncedAt > SYNC_CLOCK_EVERY_MS) {
      await clock.sync();
      clockSyncedAt = performance.now();
    }
    while (claimed < MAX_CLAIMED && !isClosing && (await isAnythingDue(store.read, clock.now()))) {
      const limit = MAX_CLAIMED - claimed;
      // A run of this process whose lease could not be renewed in time goes on: no other worker has claimed its saga yet.
      const records = await store.transaction((tables) =>
        claimDue(tables, { ...claimNow(), limit, except: leases.heldIds() }),
      );
      // All that is due runs here, is being claimed elsewhere, or is of a definition that this process was not given.
      if (records.length === 0) break;
      for (const record of records) void runClaimed(record);
    }
    moreIsDue = claimed >= MAX_CLAIMED;
  }

  function look(): void {
    timer = undefined;
    looking = claimWhatIsDue()
      .catch((error: unknown) => logger.warn('looking for due sagas failed', { error }))
      .finally(() => {
        if (!isClosing) timer = setTimeout(look, LOOK_EVERY_MS);
      });
  }

  /** Does nothing while a look is under way. */
  function lookAtOnce(): void {
    if (isClosing || !timer) return;
    clearTimeout(timer);
    look();
  }

  /** Claims one saga and runs it, unless a worker holds it, or it is of a definition that this process was not given. */
  async function claim(id: string): Promise<void> {
    if (isClosing) return;
    try {
      const record = await store.transaction((tables) => claimOne(tables, id, claimNow()));
      if (record) void runClaimed(record);
    } catch (error) {
      // It is due: a worker claims it at its next look. What made it due is on disk.
      logger.warn('claiming a saga failed', { saga: id, error });
    }
  }

  /**
   * Lets what runs here end within `graceMs`, then leaves the rest to the next process, which claims it at once.
   *
   * @param abort begins the shutdown
   */
  async function close(graceMs: number, abort: () => void): Promise<void> {
    isClosing = true;
    clearTimeout(timer);
    const grace = setTimeout(abort, graceMs);
    await looking;
    while (active.size > 0) await Promise.allSettled(active);
    clearTimeout(grace);
    abort();
    leases.stop();
  }

  async function execute(execution: Execution): Promise<void> {
    const stop = () => execution.stop.abort(new NotFinished('shutdown'));
    shutdown.addEventListener('abort', stop);
    if (shutdown.aborted) stop();
    let failure: unknown;
    try {
      await inTrace(execution);
    } catch (error) {
      failure = error;
      await leaveRun(execution, error);
    }
    shutdown.removeEventListener('abort', stop);
    execution.end(failure);
    const { status, dueAt, wakeAt } = execution.record;
    const next = dueAt ?? wakeAt;
    if (status === 'waiting' && next !== null) lookAt(next);
  }

  /** Looks again when a timer of this process's goes off: the regular look may come a moment later. */
  function lookAt(time: number): void {
    const ms = time - clock.now();
    if (ms < LOOK_AHEAD_MS) setTimeout(lookAtOnce, Math.max(0, ms)).unref();
  }

  return { begin, claim, open: look, lookAtOnce, close, find: leases.find };
}

/** A saga that a worker claims continues the trace that began it. */
function inTrace(execution: Execution): Promise<void> {
  const { id, name, trace, fence } = execution.record;
  if (fence === 1) return proceed(execution);
  return execution.surroundings.trace.resume({ id, name, origin: trace }, () => proceed(execution));
}

async function proceed(execution: Execution): Promise<void> {
  if (execution.record.goal === 'complete' && !isEnded(execution.record)) await runForward(execution);
  if (execution.record.goal !== 'complete' && !isEnded(execution.record)) await compensate(execution);
}
