import type { Logger } from '@appointments/chassis';
import type { Store } from 'durable-store';
import { type Kysely, sql } from 'kysely';
import type { SagaEvent } from './drive.ts';
import { createLeases, LEASE_MS } from './leases.ts';
import { NotPossible } from './not-possible.ts';
import type { SagaDefinition } from './saga.ts';
import { type DriveSurroundings, SagaDrive } from './saga-drive.ts';
import { expireLeases, findSaga, type SagaTables, sagasIn, takeUp, takeUpDue, updateSaga } from './saga-log.ts';
import { newSagaRecord, type SagaRecord, turnBack } from './saga-record.ts';
import { Volatile } from './volatile.ts';

export interface SagaRunnerOptions<Tables extends SagaTables> {
  database: Store<Tables>;
  /** Every story that this runner may find in its log. */
  sagas: ReadonlyArray<SagaDefinition<never, never, unknown>>;
  /** How long a story may go forward, from its start or from its being taken up again. */
  deadlineMs: number;
  logger: Logger;
  /**
   * Called in the transaction that decides a saga, once for each: it has completed, or has turned back for good. What is
   * written here is there exactly when the decision is.
   */
  decided?: (tables: Kysely<Tables>, record: SagaRecord) => Promise<void>;
  /** Told of every transition and every failed attempt. */
  observe?: (record: SagaRecord, event: SagaEvent) => void;
  now?: () => number;
}

/** A saga that has begun and is on disk. */
export interface RunningSaga {
  saga: SagaRecord;
  /** Resolves when it is certain, for good, whether the saga completes. */
  decided: Promise<SagaRecord>;
  /** Resolves when the saga has ended, or waits to be taken up again. */
  ended: Promise<SagaRecord>;
}

export type SagaRunner<Tables extends SagaTables> = ReturnType<typeof createSagaRunner<Tables>>;

const LOOK_EVERY_MS = 400;
const MAX_TAKEN_UP = 64;

/**
 * Runs sagas that survive their process: each is driven under a lease, and whatever nobody drives is taken up again, at
 * the start and ever after, by this process or another one on the same log.
 */
export function createSagaRunner<Tables extends SagaTables>(options: SagaRunnerOptions<Tables>) {
  const { database, logger, now = Date.now } = options;
  const halt = new AbortController();
  const active = new Set<Promise<unknown>>();
  const leases = createLeases(database, now, (error) => logger.warn('renewing leases failed', { error }));
  const surroundings: DriveSurroundings<Tables> = {
    database,
    definitions: new Map(options.sagas.map((saga) => [saga.name, saga as unknown as SagaDefinition])),
    deadlineMs: options.deadlineMs,
    logger,
    decided: options.decided ?? (async () => {}),
    observe: options.observe ?? (() => {}),
    now,
    halt: halt.signal,
  };
  let takenUp = 0;
  /** Whether more may be due than there was room for. */
  let moreIsDue = false;
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<unknown> | undefined;
  let closing = false;

  function run(drive: SagaDrive<Tables>): Promise<SagaRecord> {
    leases.hold(drive.record);
    const ended = drive.run().finally(() => leases.release(drive.record));
    active.add(ended);
    void ended.finally(() => active.delete(ended));
    return ended;
  }

  /**
   * Begins a saga and drives it.
   *
   * @param id unguessable where it is shown to anyone; the key of every effect
   * @param input kept in the log
   * @param secret never kept anywhere
   * @param within runs in the transaction that writes the saga first; what it throws keeps the saga from beginning
   * @returns once the saga is on disk
   */
  async function start<Input, Secret>(
    saga: SagaDefinition<Input, Secret>,
    id: string,
    input: Input,
    { secret, within }: { secret: Secret; within?: (tables: Kysely<Tables>, record: SagaRecord) => Promise<void> },
  ): Promise<RunningSaga> {
    const record = newSagaRecord(id, saga.name, input, now(), now() + LEASE_MS);
    const beginning = { secret: Volatile.of<unknown>(secret), within: within ?? (async () => {}) };
    const drive = new SagaDrive(record, surroundings, beginning);
    const ended = run(drive);
    await drive.begun;
    return { saga: record, decided: drive.decided, ended };
  }

  /** Takes up what nobody drives, up to a bound that leaves room for what is being started. */
  async function takeUpWhatIsDue(): Promise<void> {
    while (takenUp < MAX_TAKEN_UP && !closing && (await somethingIsDue())) {
      // A drive of this process whose lease could not be renewed in time goes on: nobody else has taken its saga up yet.
      const which = { limit: MAX_TAKEN_UP - takenUp, except: leases.heldIds() };
      const records = await database.transaction((tables) =>
        takeUpDue(sagasIn(tables), now(), now() + LEASE_MS, which),
      );
      // All that is due is being driven here, or taken up by somebody else at this moment.
      if (records.length === 0) return;
      for (const record of records) driveTakenUp(record);
    }
    moreIsDue = takenUp >= MAX_TAKEN_UP;
  }

  function driveTakenUp(record: SagaRecord): void {
    takenUp += 1;
    void run(new SagaDrive(record, surroundings)).finally(() => {
      takenUp -= 1;
      // Thousands may wait after a crash: the next ones do not wait for the timer as well.
      if (moreIsDue && takenUp <= MAX_TAKEN_UP / 2) lookAtOnce();
    });
  }

  async function somethingIsDue(): Promise<boolean> {
    const { rows } = await sql`select 1 from sagas where due_at <= ${now()} limit 1`.execute(database.read);
    return rows.length > 0;
  }

  function look(): void {
    timer = undefined;
    looking = takeUpWhatIsDue()
      .catch((error: unknown) => logger.warn('looking for unfinished sagas failed', { error }))
      .finally(() => {
        if (!closing) timer = setTimeout(look, LOOK_EVERY_MS);
      });
  }

  /** Does nothing while a look is under way. */
  function lookAtOnce(): void {
    if (closing || !timer) return;
    clearTimeout(timer);
    look();
  }

  /** @returns what became of it: ended, or waiting for another try; undefined for an unknown id */
  async function turn(id: string, change: (record: SagaRecord) => boolean): Promise<SagaRecord | undefined> {
    let changed = false;
    const record = await database.transaction(async (tables) => {
      changed = false;
      const found = await findSaga(sagasIn(tables), id);
      if (!found || !change(found)) return found;
      changed = await takeUp(sagasIn(tables), found, now() + LEASE_MS);
      // Somebody was quicker: what became of it is theirs to decide.
      if (!changed) return findSaga(sagasIn(tables), id);
      await updateSaga(sagasIn(tables), found);
      return found;
    });
    return record && changed ? run(new SagaDrive(record, surroundings)) : record;
  }

  /**
   * Undoes a saga that has completed; does nothing for one that was cancelled before.
   *
   * @throws NotPossible for any other state
   */
  const cancel = (id: string): Promise<SagaRecord | undefined> =>
    turn(id, (record) => {
      if (record.goal === 'cancel') return false;
      if (record.status !== 'completed') throw new NotPossible(record.status);
      turnBack(record, 'cancel', null);
      return true;
    });

  /**
   * Drives a stuck saga again at once.
   *
   * @throws NotPossible for any other state
   */
  const retry = (id: string): Promise<SagaRecord | undefined> =>
    turn(id, (record) => {
      if (record.status !== 'stuck') throw new NotPossible(record.status);
      return true;
    });

  /**
   * Begins to take up unfinished sagas, at once and then on a timer.
   *
   * @param alone whether no other process can be on this log; then the leases of the process before are void
   */
  async function open({ alone = false }: { alone?: boolean } = {}): Promise<void> {
    if (alone) await database.transaction((tables) => expireLeases(sagasIn(tables), now()));
    look();
  }

  /** Lets what is being driven end within `graceMs`, then halts the rest for the next process to take up. */
  async function close(graceMs: number): Promise<void> {
    closing = true;
    clearTimeout(timer);
    const grace = setTimeout(() => halt.abort(), graceMs);
    await looking;
    while (active.size > 0) await Promise.allSettled(active);
    clearTimeout(grace);
    halt.abort();
    leases.stop();
  }

  return {
    start,
    cancel,
    retry,
    open,
    close,
    find: (id: string) => findSaga(sagasIn(database.read), id),
  };
}
