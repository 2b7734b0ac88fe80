import type { Kysely } from 'kysely';
import type { Outcome } from './outcome.ts';
import type { SagaRecord } from './record.ts';

/**
 * What a definition writes into the caller's own tables. Each takes effect exactly once, and may only write to `tables`. Over
 * PostgreSQL the hooks of several sagas run side by side in one transaction, and nothing keeps them apart.
 */
export interface SagaHooks<Result, Tables> {
  /** Called in the transaction that makes the outcome final: what it writes is there exactly when the outcome is. */
  onOutcome?(tables: Kysely<Tables>, outcome: Outcome<Result>): Promise<void>;
  /**
   * Called in the transaction that ends the saga, once all that had to be undone is. A completed one that is cancelled ends
   * a second time, as `cancelled`.
   */
  onEnd?(tables: Kysely<Tables>, saga: SagaRecord): Promise<void>;
  /** Called in the transaction that removes ended sagas, for the caller's own rows. */
  onRemove?(tables: Kysely<Tables>, ids: readonly string[]): Promise<void>;
}
