import type { Kysely } from 'kysely';
import { copyJson } from './copy-json.ts';
import { NotPossible, SagaNotFound } from './errors.ts';
import { insertEvent } from './events.ts';
import type { Json } from './json.ts';
import { findSaga } from './log.ts';
import { isEnded } from './record.ts';
import type { Surroundings } from './surroundings.ts';
import { type SagaTables, sagasIn } from './tables.ts';

/**
 * Keeps an event for a saga, in the caller's transaction, and wakes the saga where it waits.
 *
 * @returns false where an event with the same dedupe key was kept before
 * @throws SagaNotFound; NotPossible `saga_ended`; SagaMisuse for a payload that is no JSON
 */
export async function signalIn(
  tables: Kysely<SagaTables>,
  { clock }: Pick<Surroundings, 'clock'>,
  event: { saga: string; name: string; payload: unknown; dedupeKey: string | undefined },
): Promise<boolean> {
  const payload: Json = copyJson(event.payload, `event ${event.name}, payload`);
  // The row's lock decides whether the run that parks the saga sees the event, or this sees that it is parked.
  const record = await findSaga(sagasIn(tables), event.saga, { forUpdate: true });
  if (!record) throw new SagaNotFound('no saga has this id');
  const at = clock.now();
  const isNew = await insertEvent(tables, { ...event, payload, at });
  if (!isNew) return false;
  if (isEnded(record)) throw new NotPossible(record.status, 'saga_ended');
  await tables
    .updateTable('sagas')
    .set({ due_at: at })
    .where('id', '=', event.saga)
    .where('status', '=', 'waiting')
    .where('worker', 'is', null)
    .execute();
  return true;
}
