import { type Logger, nameKey } from '@appointments/chassis';
import type { AppointmentDatabase } from './booking-store.ts';

const BATCH = 200;

/**
 * Fills in, in small batches beside the traffic, the patients' names of bookings that an earlier release has stored, so that
 * they are found as well.
 *
 * @returns what resolves once all are filled in, and what stops it after the batch that is under way
 */
export function startFillingNameKeys(database: AppointmentDatabase, logger: Logger) {
  let stopped = false;

  async function fillBatch(): Promise<boolean> {
    const rows = await database.read
      .selectFrom('bookings')
      .select(['id', 'name'])
      .where('name_key', 'is', null)
      .limit(BATCH)
      .execute();
    if (rows.length === 0) return false;
    await database.transaction(async (tables) => {
      for (const { id, name } of rows) {
        await tables
          .updateTable('bookings')
          .set({ name_key: nameKey(name) })
          .where('id', '=', id)
          // It may have been erased meanwhile.
          .where('name_key', 'is', null)
          .execute();
      }
    });
    return true;
  }

  const done = (async () => {
    while (!stopped && (await fillBatch()));
  })().catch((error: unknown) => {
    logger.warn('earlier bookings cannot be found by name yet', { error });
  });

  const stop = () => {
    stopped = true;
    return done;
  };
  return { done, stop };
}
