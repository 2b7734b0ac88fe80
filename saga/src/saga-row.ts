import type { Selectable } from 'kysely';
import type { SagaRecord } from './record.ts';
import type { SagaRow } from './tables.ts';

const orNull = (value: unknown): string | null => (value === null ? null : JSON.stringify(value));

/** What changes while a saga runs. */
export function changingOf(record: SagaRecord) {
  return {
    status: record.status,
    goal: record.goal,
    steps: JSON.stringify(record.steps),
    result: orNull(record.result),
    failure: orNull(record.failure),
    stalls: record.reschedules,
    reason: orNull(record.reason),
    progress_at: record.progressAt,
    due_at: record.dueAt,
    wake_at: record.wakeAt,
    worker: record.worker,
    revision: record.revision,
    updated_at: record.updatedAt,
  };
}

export function toRow(record: SagaRecord): SagaRow {
  return {
    id: record.id,
    name: record.name,
    version: record.version,
    input: JSON.stringify(record.input),
    fence: record.fence,
    trace: orNull(record.trace),
    parent: orNull(record.parent),
    history: JSON.stringify(record.history),
    created_at: record.createdAt,
    ...changingOf(record),
  };
}

export function fromRow(row: Selectable<SagaRow>): SagaRecord {
  return {
    id: row.id,
    name: row.name,
    version: row.version,
    status: row.status,
    goal: row.goal,
    input: JSON.parse(row.input),
    steps: JSON.parse(row.steps),
    result: row.result === null ? null : JSON.parse(row.result),
    failure: row.failure === null ? null : JSON.parse(row.failure),
    reschedules: row.stalls,
    reason: row.reason === null ? null : JSON.parse(row.reason),
    // Rows from before there was a column for it have none.
    progressAt: row.progress_at ?? row.updated_at,
    dueAt: row.due_at,
    wakeAt: row.wake_at,
    worker: row.worker,
    fence: row.fence,
    revision: row.revision,
    trace: row.trace === null ? null : JSON.parse(row.trace),
    parent: row.parent === null ? null : JSON.parse(row.parent),
    history: JSON.parse(row.history),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
