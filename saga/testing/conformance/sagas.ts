import type { Store } from 'durable-store';
import type { Json, SagaRecord } from '../../src/index.ts';
import { findSaga, insertSaga } from '../../src/log.ts';
import { sagasIn } from '../../src/tables.ts';
import { newSagaRecord } from '../../src/transitions.ts';
import type { ConformanceTables } from './conformance-case.ts';

/** When the suite's sagas begin. */
export const BEGAN = Date.UTC(2030, 0, 1);

/** A saga that is due at once. */
export function newSaga(
  id: string,
  { name = 'saga', version = 1, input = null, at = BEGAN, dueAt = at }: NewSaga = {},
): SagaRecord {
  return { ...newSagaRecord({ id, name, version, input, trace: null, at }), dueAt };
}

interface NewSaga {
  name?: string;
  version?: number;
  input?: Json;
  at?: number;
  dueAt?: number | null;
}

/** Inserts sagas, all in one transaction. */
export async function addSagas(store: Store<ConformanceTables>, records: readonly SagaRecord[]): Promise<void> {
  await store.transaction(async (tables) => {
    for (const record of records) await insertSaga(sagasIn(tables), record);
  });
}

/** The saga as a reader sees it. */
export async function readSaga(store: Store<ConformanceTables>, id: string): Promise<SagaRecord> {
  const record = await findSaga(sagasIn(store.read), id);
  if (!record) throw new Error(`no saga has the id ${id}`);
  return record;
}
