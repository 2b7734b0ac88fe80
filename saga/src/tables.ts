import type { Kysely } from 'kysely';
import { sagasMigration } from './migrations/001-sagas.ts';
import { versionsWaitsHistoryMigration } from './migrations/002-versions-waits-history.ts';
import type { Goal, SagaStatus } from './status.ts';

export interface SagaRow {
  id: string;
  name: string;
  version: number;
  status: SagaStatus;
  goal: Goal;
  input: string;
  steps: string;
  result: string | null;
  failure: string | null;
  /** Runs in a row that did not finish. */
  stalls: number;
  reason: string | null;
  progress_at: number | null;
  due_at: number | null;
  wake_at: number | null;
  worker: string | null;
  fence: number;
  revision: number;
  trace: string | null;
  parent: string | null;
  history: string;
  created_at: number;
  updated_at: number;
}

interface EventRow {
  sequence: number;
  saga_id: string;
  name: string;
  dedupe_key: string | null;
  /** JSON. */
  payload: string;
  consumed: number;
  created_at: number;
}

/** Goes into the table types of a store that holds sagas. */
export interface SagaTables {
  sagas: SagaRow;
  saga_events: Omit<EventRow, 'sequence' | 'consumed'> & {
    sequence: import('kysely').Generated<number>;
    consumed: import('kysely').Generated<number>;
  };
}

export type Tables = Kysely<SagaTables>;

/** The saga log within a caller's own tables. Kysely's types cannot say that a wider store serves a narrower need. */
export const sagasIn = <T>(tables: Kysely<T>): Tables => tables as unknown as Tables;

/** The engine's migrations, which go into the list of those of the store. They only ever add. */
export const sagaMigrations = {
  'sagas-001': sagasMigration,
  'sagas-002': versionsWaitsHistoryMigration,
} as const;
