import { nameKey } from '@appointments/chassis';
import type { Kysely } from 'kysely';
import { AFTER_ALL, type IdRange } from './booking-filter.ts';
import { type AppointmentTables, doctorKeys } from './booking-store.ts';
import { asFarAs, beginningWith, type Candidates, idsOf, MAX_LOOKED_THROUGH, newestIn } from './search-candidates.ts';

type Tables = Kysely<AppointmentTables>;

// Doctors of one beginning that are read each by its own.
const MAX_DOCTORS = 10;

/** The bookings with a doctor, or with those whose names begin so. */
export async function ofDoctor(tables: Tables, doctor: string, range: IdRange): Promise<Candidates> {
  const keys = await keysOfDoctors(tables, doctor);
  if (keys === undefined) return beginningWith(tables, 'doctor_key', nameKey(doctor), range);
  const found: string[] = [];
  // Each by its index: of several at once all rows would be sorted.
  for (const key of keys) {
    const rows = await newestIn(tables, range, MAX_LOOKED_THROUGH).where('doctor_key', '=', key).execute();
    found.push(...idsOf(rows));
  }
  return asFarAs(found.sort().reverse().slice(0, MAX_LOOKED_THROUGH));
}

/** The keys of all doctors whose names begin so; undefined where there are many, as with a single letter. */
async function keysOfDoctors(tables: Tables, doctor: string): Promise<string[] | undefined> {
  const start = nameKey(doctor);
  const keys = new Set(doctorKeys(doctor));
  for (let last = start; ; ) {
    const { next } = await tables
      .selectFrom('bookings')
      .select(({ fn }) => fn.min('doctor_key').as('next'))
      .where('doctor_key', '>', last)
      .where('doctor_key', '<', start + AFTER_ALL)
      .executeTakeFirstOrThrow();
    if (next === null) return [...keys];
    if (keys.size === MAX_DOCTORS) return undefined;
    keys.add(next);
    last = next;
  }
}
