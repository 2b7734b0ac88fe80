import { nameKey } from '@appointments/chassis';
import type { Migration } from 'durable-store';
import { type Kysely, sql } from 'kysely';

interface Tables {
  bookings: { doctor: string; doctor_key: string };
}

// As many different doctors as clients may have asked for, some of whom never existed.
const SPELLINGS_AT_ONCE = 1_000;

/** Earlier releases told doctors apart by more than `nameKey` does; what they stored is found by it from here on. */
export const doctorKeysMigration: Migration = {
  async up(db: Kysely<Tables>) {
    let last = { doctor_key: '', doctor: '' };
    for (;;) {
      const spellings = await db
        .selectFrom('bookings')
        .select(['doctor_key', 'doctor'])
        .distinct()
        .where(sql<boolean>`(doctor_key, doctor) > (${last.doctor_key}, ${last.doctor})`)
        .orderBy('doctor_key')
        .orderBy('doctor')
        .limit(SPELLINGS_AT_ONCE)
        .execute();
      for (const spelling of spellings) await renew(db, spelling);
      const furthest = spellings.at(-1);
      if (!furthest) return;
      last = furthest;
    }
  },
};

async function renew(db: Kysely<Tables>, { doctor, doctor_key }: Tables['bookings']): Promise<void> {
  const key = nameKey(doctor);
  if (key === doctor_key) return;
  const stored = db.updateTable('bookings').where('doctor_key', '=', doctor_key).where('doctor', '=', doctor);
  await stored.set({ doctor_key: key }).execute();
}
