import {
  createRequestContext,
  inSpan,
  type Logger,
  labelRequest,
  requestContext,
  runInRequestContext,
} from '@appointments/chassis';
import type { Store } from 'durable-store';
import type { Kysely } from 'kysely';
import { type SagaEvent, Stalled } from './drive.ts';
import { driveSaga } from './drive-saga.ts';
import { LEASE_MS } from './leases.ts';
import { limitTime } from './limit-time.ts';
import type { SagaDefinition } from './saga.ts';
import { findSaga, insertSaga, LeaseLost, type SagaTables, sagasIn, updateSaga } from './saga-log.ts';
import { isDecided, isTerminal, noteStall, type SagaRecord } from './saga-record.ts';
import { Volatile } from './volatile.ts';

/** What all the drives of a runner share. */
export interface DriveSurroundings<Tables extends SagaTables> {
  database: Store<Tables>;
  definitions: ReadonlyMap<string, SagaDefinition>;
  deadlineMs: number;
  logger: Logger;
  decided: (tables: Kysely<Tables>, record: SagaRecord) => Promise<void>;
  observe: (record: SagaRecord, event: SagaEvent) => void;
  now: () => number;
  /** Aborts when the process shuts down. */
  halt: AbortSignal;
}

/** What only the first drive of a saga has. */
export interface Beginning<Tables> {
  secret: Volatile<unknown>;
  /** Runs in the transaction that writes the saga for the first time; whatever it throws keeps the saga from beginning. */
  within: (tables: Kysely<Tables>, record: SagaRecord) => Promise<void>;
}

const FOLLOW_EVERY_MS = 50;
const FOLLOW_AT_LEAST_EVERY_MS = 1_000;

/** One drive of one saga under its lease: what the story needs of the log, and what becomes of a drive that ends early. */
export class SagaDrive<Tables extends SagaTables> {
  readonly record: SagaRecord;
  readonly #begun = Promise.withResolvers<void>();
  readonly #decision = Promise.withResolvers<SagaRecord>();
  readonly #surroundings: DriveSurroundings<Tables>;
  readonly #beginning: Beginning<Tables> | undefined;
  #onDisk: boolean;
  #settled: boolean;

  constructor(record: SagaRecord, surroundings: DriveSurroundings<Tables>, beginning?: Beginning<Tables>) {
    this.record = record;
    this.#surroundings = surroundings;
    this.#beginning = beginning;
    this.#onDisk = beginning === undefined;
    this.#settled = isDecided(record);
    if (this.#settled) this.#decision.resolve(record);
    for (const { promise } of [this.#begun, this.#decision]) promise.catch(() => {});
  }

  /** Resolves when the saga is on disk; rejects where it never got there, and then nothing was begun. */
  get begun(): Promise<void> {
    return this.#begun.promise;
  }

  /** Resolves when it is certain, for good, whether the saga completes. */
  get decided(): Promise<SagaRecord> {
    return this.#decision.promise;
  }

  /** Drives the saga; resolves when it has ended or waits to be taken up again. */
  async run(): Promise<SagaRecord> {
    try {
      await (requestContext() ? this.#drive() : this.#driveOnItsOwn());
    } catch (error) {
      if (!this.#onDisk) this.#begun.reject(error);
      else await this.#stall(error);
    }
    // Only whoever started the saga waits to hear how it is decided.
    if (this.#beginning && this.#onDisk && !this.#settled)
      this.#follow().then(this.#decision.resolve, this.#decision.reject);
    return this.record;
  }

  // A saga that is taken up again has no request to belong to; its id takes the place of the request's.
  #driveOnItsOwn(): Promise<void> {
    const { id, name, trace } = this.record;
    const span = {
      name: `take up ${name}`,
      kind: 'internal',
      links: trace ? [trace] : [],
      attributes: { 'saga.id': id },
    } as const;
    return runInRequestContext(createRequestContext({ requestId: id }), () => inSpan(span, () => this.#drive()));
  }

  async #drive(): Promise<void> {
    labelRequest('saga', this.record.id);
    const { definitions, deadlineMs, halt, now } = this.#surroundings;
    const definition = definitions.get(this.record.name);
    if (!definition) throw new Stalled('unknown_saga');
    using forward = limitTime(halt, deadlineMs);
    await driveSaga(definition, this.record, {
      secret: this.#beginning?.secret ?? Volatile.lost(),
      forward: forward.signal,
      halt,
      now,
      save: () => this.#save(),
      observe: (event) => this.#observe(event),
    });
  }

  #save(): Promise<void> {
    return this.#write((at) => {
      this.record.dueAt = at + LEASE_MS;
    });
  }

  /** @param touch told the time of the writing, as late as that is known: the store may have had to be waited for */
  async #write(touch: (at: number) => void = () => {}): Promise<void> {
    const { record } = this;
    const written = async (tables: Kysely<Tables>) => {
      record.updatedAt = this.#surroundings.now();
      touch(record.updatedAt);
      if (!this.#onDisk) await this.#beginning?.within(tables, record);
      await (this.#onDisk ? updateSaga : insertSaga)(sagasIn(tables), record);
      if (!this.#settled && isDecided(record)) await this.#surroundings.decided(tables, record);
    };
    // The fence makes a second writing of the same harmless; what a beginning writes beside the saga knows no fence.
    await this.#surroundings.database.transaction(written, { repeatable: this.#onDisk });
    this.#onDisk = true;
    this.#begun.resolve();
    this.#settled ||= isDecided(record);
    if (this.#settled) this.#decision.resolve(record);
  }

  async #stall(error: unknown): Promise<void> {
    const { logger, now, halt } = this.#surroundings;
    const saga = this.record.id;
    if (error instanceof LeaseLost) return void logger.warn('somebody else drives this saga now', { saga });
    if (!(error instanceof Stalled)) logger.error('driving a saga failed', { saga, error });
    // What a shutdown interrupts has not failed: it is for the next process to take up at once.
    if (halt.aborted) this.record.dueAt = now();
    else if (!isTerminal(this.record)) noteStall(this.record, now());
    try {
      await this.#write();
      this.#observe({
        kind: 'saga',
        status: this.record.status,
        ...(error instanceof Stalled && { code: error.code }),
      });
    } catch (cause) {
      logger.warn('a saga waits for the end of its lease', { saga, error: cause });
    }
  }

  #observe(event: SagaEvent): void {
    const { logger, observe } = this.#surroundings;
    const { kind, step, status } = event;
    logger.info([kind, step, status].filter(Boolean).join(' '), { ...event });
    try {
      observe(this.record, event);
    } catch (error) {
      logger.error('observing a saga failed', { saga: this.record.id, error });
    }
  }

  /**
   * Another driver has the saga, or the store failed in the middle: the log will tell how it is decided.
   *
   * @throws what the store says where it cannot be read either: then nobody here gets to know
   */
  async #follow(): Promise<SagaRecord> {
    const { database, halt } = this.#surroundings;
    for (let wait = FOLLOW_EVERY_MS; ; wait = Math.min(2 * wait, FOLLOW_AT_LEAST_EVERY_MS)) {
      const record = await findSaga(sagasIn(database.read), this.record.id);
      if (record && isDecided(record)) return record;
      if (halt.aborted) throw new Stalled('halted');
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}
