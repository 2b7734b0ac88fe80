import {
  ERASED_FINGERPRINT,
  ERASED_NAME,
  type ErasureOfReferences,
  type IdempotencyKeys,
  nameKey,
} from '@appointments/chassis';
import type { Kysely } from 'kysely';
import type { ReservationDatabase, ReservationTables } from './reservation-store.ts';

// Looking through so many takes a few milliseconds, during which nothing else is done.
const LOOKED_THROUGH = 1_000;

export type ErasePatients = ReturnType<typeof createErasePatients>;

/** Erases patients from appointments; the appointment itself, its slot and its fee stay. */
export function createErasePatients(database: ReservationDatabase, keys: Pick<IdempotencyKeys, 'erase'>) {
  /** @returns whether there is an appointment under the reference */
  function eraseOne(reference: string): Promise<boolean> {
    const erased = async (tables: Kysely<ReservationTables>) => {
      await keys.erase(tables, reference);
      await tables
        .updateTable('cancellations')
        .set({ fingerprint: ERASED_FINGERPRINT })
        .where('reference', '=', reference)
        .execute();
      const { numUpdatedRows } = await tables
        .updateTable('appointments')
        .set({ patient_name: ERASED_NAME })
        .where('reference', '=', reference)
        .executeTakeFirstOrThrow();
      return numUpdatedRows > 0n;
    };
    return database.transaction(erased, { subject: reference, repeatable: true });
  }

  return {
    /**
     * Erases the patients of the appointments under these references, and what was kept of the requests that made them.
     *
     * @returns how many of them have an appointment
     */
    async erase({ references, last }: ErasureOfReferences): Promise<number> {
      const found = await Promise.all(references.map(eraseOne));
      if (last) await database.scrub();
      return found.filter(Boolean).length;
    },
    /**
     * Finds a patient's appointments, however the name was typed; a bounded piece of work.
     *
     * @param cursor where the page before ended, 0 for the first
     */
    async search({ name, cursor }: { name: string; cursor: number }) {
      const key = nameKey(name);
      const rows = await database.read
        .selectFrom('appointments')
        .select(['id', 'reference', 'patient_name'])
        .where('id', '>', cursor)
        .orderBy('id')
        .limit(LOOKED_THROUGH)
        .execute();
      const last = rows.length === LOOKED_THROUGH ? rows.at(-1) : undefined;
      const found = rows.filter(({ patient_name }) => nameKey(patient_name) === key);
      return { references: found.map(({ reference }) => reference), nextCursor: last?.id ?? null };
    },
  };
}
