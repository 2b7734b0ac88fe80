import { NotFinished, SagaMisuse, WriteFailed } from './errors.ts';
import { hasOutcome, type SagaRecord } from './record.ts';

/** What others wait for while a saga runs. */
export class Milestones {
  readonly #started = Promise.withResolvers<SagaRecord>();
  readonly #outcome = Promise.withResolvers<SagaRecord | undefined>();
  readonly #ended = Promise.withResolvers<SagaRecord>();

  constructor() {
    this.#started.promise.catch(() => {});
  }

  /** Resolves when the saga is on disk; rejects where it never got there, and then nothing was begun. */
  get started(): Promise<SagaRecord> {
    return this.#started.promise;
  }

  /** Resolves when the outcome is on disk, with undefined where the run ends without one. */
  get outcome(): Promise<SagaRecord | undefined> {
    return this.#outcome.promise;
  }

  /** Resolves when the run is over. */
  get ended(): Promise<SagaRecord> {
    return this.#ended.promise;
  }

  /** @param record as it is on disk now */
  reach(record: SagaRecord): void {
    this.#started.resolve(record);
    if (hasOutcome(record)) this.#outcome.resolve(record);
  }

  /**
   * Lets go of who waits for what the run does not bring.
   *
   * @param error what ended it, where it did not come to its end
   */
  end(record: SagaRecord, error: unknown): void {
    this.#outcome.resolve(undefined);
    this.#started.reject(reasonNotBegun(error));
    this.#ended.resolve(record);
  }
}

/** What the caller of `start` is told where the saga is not on disk. */
function reasonNotBegun(error: unknown): unknown {
  if (error instanceof WriteFailed) return error.cause;
  if (!(error instanceof NotFinished)) return error;
  const code = error.code === 'shutdown' ? 'closed' : error.code;
  return new SagaMisuse(code, `the saga has not begun: ${error.code}`);
}
