import { Attachments } from './attachments.ts';
import type { SagaDefinition } from './definition.ts';
import { Interruption, LeaseLost, NotFinished, WriteFailed } from './errors.ts';
import { Milestones } from './milestones.ts';
import type { ErrorOrigin, SagaEvent } from './ports.ts';
import type { SagaRecord } from './record.ts';
import type { Beginning, RunWrite } from './run-write.ts';
import type { Surroundings } from './surroundings.ts';
import { reportError, tellEvent } from './tell-event.ts';
import type { Volatile } from './volatile.ts';

/** One run of one saga under its lease: the record as it is on disk, what is about to be written, and the writing. */
export class Execution {
  readonly definition: SagaDefinition;
  readonly secret: Volatile<unknown>;
  readonly surroundings: Surroundings;
  /** Aborts when the run must end: at shutdown, or when the saga is not this run's any more. */
  readonly stop = new AbortController();
  /** What goes with the next write, beside the staged record. */
  readonly attachments = new Attachments();
  /** What others wait for. */
  readonly milestones = new Milestones();
  /** The run of the function, where it has begun; it is looked at now and then. */
  replay: { interruptIfAstray(): void } | undefined;
  /** Until when the lease lasts, by the clock of leases. */
  leaseUntil: number;
  #record: SagaRecord;
  #staged: SagaRecord;
  #beginning: Beginning | undefined;
  #writing: Promise<void> | undefined;
  #queued: Promise<void> | undefined;
  #failure: WriteFailed | undefined;
  #soon: NodeJS.Immediate | undefined;

  constructor(
    definition: SagaDefinition,
    record: SagaRecord,
    surroundings: Surroundings,
    secret: Volatile<unknown>,
    beginning?: Beginning,
  ) {
    this.definition = definition;
    this.#record = record;
    this.#staged = record;
    this.leaseUntil = record.dueAt ?? 0;
    this.surroundings = surroundings;
    this.secret = secret;
    this.#beginning = beginning;
    if (!beginning) this.milestones.reach(record);
  }

  /** The record as it is on disk. */
  get record(): SagaRecord {
    return this.#record;
  }

  /** The record as the next write will make it, with all that has changed since the last one. */
  get staged(): SagaRecord {
    return this.#staged;
  }

  /** Whether the saga has not been written yet. */
  get isNew(): boolean {
    return this.#beginning !== undefined;
  }

  /** Applies a transition; it becomes durable, and its event is told, with the next write. */
  change(transition: (record: SagaRecord) => SagaRecord, event?: SagaEvent): void {
    if (this.attachments.isSealed) return;
    this.#staged = transition(this.#staged);
    if (event) this.attachments.tell(event);
  }

  /** Milliseconds since the epoch, by the clock of leases. */
  now(): number {
    return this.surroundings.clock.now();
  }

  /** The process shuts down: what is left is for the next one. */
  shutDown(): void {
    this.stop.abort(new NotFinished('shutdown'));
  }

  /** The saga belongs to another run: this one ends as soon as it can and writes nothing more. */
  supersede(): void {
    this.stop.abort(new LeaseLost());
  }

  /**
   * Makes durable what has changed. Changes that come while a write is under way go together into the next one.
   *
   * @throws LeaseLost where the saga is not this run's any more; WriteFailed, also where an earlier one failed
   */
  write(): Promise<void> {
    if (this.attachments.isSealed) return Promise.reject(this.#failure ?? new NotFinished('run_over'));
    this.#queued ??= this.#writeNext();
    return this.#queued;
  }

  /** The run's last write, in which it leaves its saga; it may follow one that failed. What is staged later is lost. */
  leave(transition: (record: SagaRecord) => SagaRecord, code: string): Promise<void> {
    this.#failure = undefined;
    this.attachments.isSealed = false;
    this.change(transition);
    this.attachments.tell({ kind: 'saga', status: this.#staged.status, code });
    const written = this.write();
    this.attachments.isSealed = true;
    return written;
  }

  /** Writes within a turn of the event loop, unless something else does by then. */
  writeSoon(failed: (error: Interruption) => void): void {
    this.#soon ??= setImmediate(() => {
      this.#soon = undefined;
      if (this.#staged !== this.#record && !this.#queued) this.write().catch(failed);
    });
  }

  async #writeNext(): Promise<void> {
    // Whoever began the one before is told how it ended.
    await this.#writing?.catch(() => {});
    this.#queued = undefined;
    this.#writing = this.#commit();
    return this.#writing;
  }

  async #commit(): Promise<void> {
    if (this.stop.signal.reason instanceof LeaseLost) throw this.stop.signal.reason;
    if (this.#failure) throw this.#failure;
    const staged = this.#staged;
    const { events, ...attached } = this.attachments.take();
    const after = await this.#tryWriting({
      before: this.#record,
      staged,
      ...attached,
      beginning: this.#beginning,
    });
    this.#record = after;
    // What changed meanwhile was applied to what is on disk now.
    this.#staged =
      this.#staged === staged ? after : { ...this.#staged, updatedAt: after.updatedAt, revision: after.revision };
    this.leaseUntil = after.dueAt ?? 0;
    this.#beginning = undefined;
    this.milestones.reach(after);
    for (const event of events) this.observe(event);
  }

  async #tryWriting(write: RunWrite): Promise<SagaRecord> {
    try {
      return await this.surroundings.writeRun(this.definition, write);
    } catch (error) {
      if (error instanceof Interruption) throw error;
      this.#staged = write.before;
      this.attachments.take();
      this.#failure = new WriteFailed('writing to the log failed', { cause: error });
      this.attachments.isSealed = true;
      this.stop.abort(this.#failure);
      throw this.#failure;
    }
  }

  /**
   * Forgets the secret, and lets go of who waits for what this run does not bring.
   *
   * @param error what ended it, where it did not come to its end; a caller learns what kept the saga from beginning
   */
  end(error?: unknown): void {
    this.secret.clear();
    this.milestones.end(this.#record, error);
  }

  /** Tells of an event at once. */
  observe(event: SagaEvent): void {
    tellEvent(this.surroundings, this.#record, event);
  }

  /** Reports an error that nothing foresaw. */
  report(error: unknown, origin: Pick<ErrorOrigin, 'step' | 'attempt'> = {}): void {
    const { id, name } = this.#record;
    reportError(this.surroundings, error, { saga: id, name, ...origin });
  }
}
