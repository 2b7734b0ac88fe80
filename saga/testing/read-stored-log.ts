import { isEnded, SagaMisuse, type SagaRecord } from '../src/index.ts';
import { fromRow } from '../src/saga-row.ts';
import type { SagaRow } from '../src/tables.ts';

// Columns that rows from before them do not have, as the migration that added them fills them.
const LATER_COLUMNS = {
  version: 1,
  revision: 0,
  worker: null,
  wake_at: null,
  progress_at: null,
  reason: null,
  history: '[]',
} satisfies Partial<SagaRow>;
const NUMBERS = ['version', 'stalls', 'fence', 'revision', 'created_at', 'updated_at', 'due_at', 'wake_at'] as const;

/**
 * Reads a saga that was stored by some version of the engine.
 *
 * @param stored a `SagaRecord`, or a row of the table `sagas`, as JSON gives it back
 * @throws SagaMisuse `not_a_log`
 */
export function readStoredLog(stored: object): SagaRecord {
  const record = isRow(stored) ? fromRow(completed(stored)) : (stored as SagaRecord);
  if (typeof record.id !== 'string' || typeof record.name !== 'string' || !Array.isArray(record.steps)) {
    throw new SagaMisuse('not_a_log', 'a stored log is a SagaRecord or a row of the table sagas');
  }
  return record;
}

const isRow = (stored: object): stored is SagaRow => 'steps' in stored && typeof stored.steps === 'string';

function completed(stored: SagaRow): SagaRow {
  const row = { ...LATER_COLUMNS, ...stored };
  // PostgreSQL's own JSON, and its driver, have large integers as text.
  const numbers = NUMBERS.map((name) => [name, row[name] === null ? null : Number(row[name])]);
  return { ...row, ...Object.fromEntries(numbers) };
}

/** Whether nothing can be asked of the saga any more. */
export const isSettled = (record: SagaRecord): boolean => isEnded(record) && record.status !== 'completed';
