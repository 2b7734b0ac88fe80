import { claimDue, claimOne, isAnythingDue } from './claims.ts';
import type { SagaDefinition } from './definition.ts';
import { Execution } from './execution.ts';
import { createLeases, type Leases } from './leases.ts';
import type { SagaRecord } from './record.ts';
import { runSaga } from './run-saga.ts';
import type { Beginning } from './run-write.ts';
import type { Surroundings } from './surroundings.ts';
import type { Timer } from './timers.ts';
import { Volatile } from './volatile.ts';

const POLL_EVERY_MS = 400;
// Claimed sagas leave room for those that are started here.
const MAX_CLAIMED = 64;
// A due time further away is left to the regular poll.
const AHEAD_MS = 60_000;

/** What a run begins with. */
export interface NewRun {
  definition: SagaDefinition;
  record: SagaRecord;
  secret: Volatile<unknown>;
  /** Where the saga is not on disk yet. */
  beginning?: Beginning;
  /** Whether the run belongs to the trace of the caller, who waits for it. */
  isCallers: boolean;
}

/** Runs sagas under leases: those that are started here, and those that it claims because no other worker runs them. */
export class Worker {
  readonly #surroundings: Surroundings;
  readonly #leases: Leases;
  readonly #running: Execution[] = [];
  #claimed = 0;
  #isMoreDue = false;
  #timer: Timer | undefined;
  #polling: Promise<unknown> | undefined;
  #isClosing = false;

  constructor(surroundings: Surroundings) {
    const { store, clock, logger } = surroundings;
    this.#surroundings = surroundings;
    this.#leases = createLeases(store, clock, (error) => logger.warn('renewing leases failed', { error }));
  }

  /** The saga's run in this process, where there is one. */
  find(id: string): Execution | undefined {
    return this.#leases.find(id);
  }

  /** Runs a saga until it has ended, waits, or is left to the next run. */
  begin(run: NewRun): Execution {
    const execution = new Execution(run.definition, run.record, this.#surroundings, run.secret, run.beginning);
    this.#leases.hold(execution);
    if (this.#surroundings.shutdown.aborted) execution.shutDown();
    this.#running.push(execution);
    void this.#run(execution, run.isCallers);
    return execution;
  }

  /**
   * Claims one saga and runs it, unless a worker holds it, or it is of a definition that this process was not given.
   *
   * @param isCallers as for `begin`
   */
  async claim(id: string, isCallers = false): Promise<void> {
    if (this.#isClosing) return;
    const { store, logger } = this.#surroundings;
    try {
      const record = await store.transaction((tables) => claimOne(tables, id, this.#claimant()));
      if (record) this.#runClaimed(record, isCallers);
    } catch (error) {
      // It is due: a worker claims it at its next poll. What made it due is on disk.
      logger.warn('claiming a saga failed', { saga: id, error });
    }
  }

  /** Claims what is due, now and then again and again. */
  poll(): void {
    const { clock, logger } = this.#surroundings;
    this.#timer = undefined;
    this.#polling = this.#claimWhatIsDue()
      .catch((error: unknown) => logger.warn('looking for due sagas failed', { error }))
      .finally(() => {
        if (!this.#isClosing) this.#timer = clock.poll(POLL_EVERY_MS, () => this.poll());
      });
  }

  /**
   * Lets what runs here end within `graceMs`, then leaves the rest to the next process, which claims it at once.
   *
   * @param abort begins the shutdown
   */
  async close(graceMs: number, abort: () => void): Promise<void> {
    this.#isClosing = true;
    this.#timer?.cancel();
    const shutDown = () => {
      abort();
      for (const execution of this.#running) execution.shutDown();
    };
    const grace = this.#surroundings.clock.after(graceMs, shutDown);
    await this.#polling;
    while (this.#running.length > 0) await Promise.all(this.#running.map(({ milestones }) => milestones.ended));
    grace.cancel();
    shutDown();
    this.#leases.stop();
  }

  async #run(execution: Execution, isCallers: boolean): Promise<void> {
    await runSaga(execution, isCallers);
    this.#leases.release(execution);
    this.#running.splice(this.#running.indexOf(execution), 1);
    this.#pollAfter(execution.record);
  }

  async #claimWhatIsDue(): Promise<void> {
    const { store, clock } = this.#surroundings;
    while (this.#claimed < MAX_CLAIMED && !this.#isClosing && (await isAnythingDue(store.read, clock.now()))) {
      const limit = MAX_CLAIMED - this.#claimed;
      // A run of this process whose lease could not be renewed in time goes on: no other worker has claimed its saga yet.
      const records = await store.transaction((tables) =>
        claimDue(tables, { ...this.#claimant(), limit, except: this.#leases.heldIds() }),
      );
      // All that is due runs here, is being claimed elsewhere, or is of a definition that this process was not given.
      if (records.length === 0) break;
      for (const record of records) this.#runClaimed(record);
    }
    this.#isMoreDue = this.#claimed >= MAX_CLAIMED;
  }

  #claimant() {
    const { clock, worker, definitions } = this.#surroundings;
    return { now: clock.now(), worker, runnable: definitions.runnable };
  }

  #runClaimed(record: SagaRecord, isCallers = false): void {
    const { name, version } = record;
    const definition = this.#surroundings.definitions.find(name, version) as SagaDefinition;
    this.#claimed += 1;
    void this.begin({ definition, record, secret: Volatile.lost(), isCallers }).milestones.ended.then(() => {
      this.#claimed -= 1;
      // Thousands may be due after a crash: the next ones do not wait for the timer as well.
      if (this.#isMoreDue && this.#claimed <= MAX_CLAIMED / 2) this.#pollAtOnce();
    });
  }

  /** Polls again when what a run leaves comes due: the regular poll may come a moment later. */
  #pollAfter({ status, dueAt, wakeAt, parent, steps }: SagaRecord): void {
    const next = dueAt ?? wakeAt;
    if (status === 'waiting' && next !== null) this.#pollAt(next);
    // Its outcome may be what its parent waits for, and what it started is due.
    if (parent || steps.some(({ kind }) => kind === 'child')) this.#pollAtOnce();
  }

  #pollAt(time: number): void {
    const { clock } = this.#surroundings;
    const ms = time - clock.now();
    if (ms < AHEAD_MS) clock.after(Math.max(0, ms), () => this.#pollAtOnce()).unref();
  }

  /** Does nothing while a poll is under way. */
  #pollAtOnce(): void {
    if (this.#isClosing || !this.#timer) return;
    this.#timer.cancel();
    this.poll();
  }
}
