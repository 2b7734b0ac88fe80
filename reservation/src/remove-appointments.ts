import type { ReservationDatabase } from './reservation-store.ts';

export type RemoveAppointments = ReturnType<typeof createRemoveAppointments>;

/** Removes appointments that are no longer kept, in two steps: first they are `expired`, then they go. */
export function createRemoveAppointments(database: ReservationDatabase) {
  return {
    /** Marks those as expired that are booked; from then on nobody counts on them. */
    async expire(references: readonly string[]): Promise<number> {
      const { numUpdatedRows } = await database.transaction((tables) =>
        tables
          .updateTable('appointments')
          .set({ status: 'expired' })
          .where('reference', 'in', references)
          .where('status', '=', 'booked')
          .executeTakeFirstOrThrow(),
      );
      return Number(numUpdatedRows);
    },
    /** Removes what is not booked, with the tombstones and the keys of these references. */
    async remove(references: readonly string[]): Promise<number> {
      return database.transaction(async (tables) => {
        const booked = await tables
          .selectFrom('appointments')
          .select('reference')
          .where('reference', 'in', references)
          .where('status', '=', 'booked')
          .execute();
        const kept = new Set(booked.map(({ reference }) => reference));
        const gone = references.filter((reference) => !kept.has(reference));
        if (gone.length === 0) return 0;
        const { numDeletedRows } = await tables
          .deleteFrom('appointments')
          .where('reference', 'in', gone)
          .executeTakeFirstOrThrow();
        await tables.deleteFrom('cancellations').where('reference', 'in', gone).execute();
        await tables.deleteFrom('idempotency_keys').where('key', 'in', gone).execute();
        return Number(numDeletedRows);
      });
    },
  };
}
