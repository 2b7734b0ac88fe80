import type { Kysely } from 'kysely';
import type { SagaRecord } from './record.ts';

/** What only the first write of a saga has. */
export interface Beginning {
  /** Beginnings that write the same thing beside their sagas name it the same. */
  subject: string | undefined;
  /** Runs in the transaction that writes the saga first; what it throws keeps the saga from beginning. */
  inTransaction(tables: Kysely<never>, record: SagaRecord): Promise<void>;
}

/** One write of a run. */
export interface RunWrite {
  /** As it is on disk. */
  before: SagaRecord;
  /** As it is to be. */
  staged: SagaRecord;
  /** Events that the run has taken. */
  consumed: readonly number[];
  /** Sagas that it starts. */
  children: readonly SagaRecord[];
  beginning: Beginning | undefined;
}
