import type { Kysely } from 'kysely';
import { ENDED_STATUSES } from './status.ts';
import { sagasIn } from './tables.ts';

/**
 * Removes sagas that have ended, in a transaction of the caller's: for a retention that depends on more than their age.
 *
 * @returns how many went; one that has not ended stays
 */
export async function removeSagas<T>(tables: Kysely<T>, ids: readonly string[]): Promise<number> {
  if (ids.length === 0) return 0;
  const log = sagasIn(tables);
  const rows = await log
    .selectFrom('sagas')
    .select('id')
    .where('id', 'in', ids)
    .where('status', 'in', ENDED_STATUSES)
    .forUpdate()
    .execute();
  const ended = rows.map(({ id }) => id);
  if (ended.length === 0) return 0;
  await log.deleteFrom('saga_events').where('saga_id', 'in', ended).execute();
  await log.deleteFrom('sagas').where('id', 'in', ended).execute();
  return ended.length;
}
