import type { AppointmentDatabase } from '../booking-store.ts';

export type SignedOutSessions = ReturnType<typeof createSignedOutSessions>;

/** Which sessions were signed out: in the store, so that it holds on every replica and after a restart. */
export function createSignedOutSessions(database: AppointmentDatabase, now: () => number) {
  return {
    /** @param until when the session would have ended by itself, in milliseconds since the epoch; then it is forgotten */
    async add(id: string, until: number): Promise<void> {
      const added = async (tables: AppointmentDatabase['read']) => {
        await tables.deleteFrom('signed_out_sessions').where('until', '<=', now()).execute();
        await tables
          .insertInto('signed_out_sessions')
          .values({ id, until })
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      };
      await database.transaction(added, { repeatable: true });
    },
    async has(id: string): Promise<boolean> {
      const found = database.read.selectFrom('signed_out_sessions').select('id').where('id', '=', id);
      return (await found.executeTakeFirst()) !== undefined;
    },
  };
}
