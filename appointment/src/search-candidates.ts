import type { Kysely } from 'kysely';
import { AFTER_ALL, type IdRange } from './booking-filter.ts';
import type { AppointmentTables } from './booking-store.ts';

// At most so many bookings are looked through at a time: reading blocks the event loop.
export const MAX_LOOKED_THROUGH = 500;

/** The bookings among which a page is, the newest first. */
export interface Candidates {
  ids: string[];
  /** Where the look ended because it had seen enough; undefined where it has seen all. */
  endedAt: string | undefined;
}

type Tables = Kysely<AppointmentTables>;

/** The newest bookings of a range. */
export const newestIn = (tables: Tables, { least, below }: IdRange, limit: number) =>
  tables
    .selectFrom('bookings')
    .select('id')
    .where('id', '>=', least)
    .where('id', '<', below)
    .orderBy('id', 'desc')
    .limit(limit);

export const idsOf = (rows: ReadonlyArray<{ id: string }>): string[] => rows.map(({ id }) => id);

/** Where as many were read as may be, there may be more. */
export const asFarAs = (ids: string[]): Candidates => ({
  ids,
  endedAt: ids.length === MAX_LOOKED_THROUGH ? ids.at(-1) : undefined,
});

/** Few are read by their index. Where there are many, they are dense: then the newest bookings are looked through. */
export async function beginningWith(
  tables: Tables,
  column: 'name_key' | 'doctor_key',
  start: string,
  range: IdRange,
): Promise<Candidates> {
  const few = await tables
    .selectFrom('bookings')
    .select('id')
    .where(column, '>=', start)
    .where(column, '<', start + AFTER_ALL)
    .limit(MAX_LOOKED_THROUGH + 1)
    .execute();
  if (few.length <= MAX_LOOKED_THROUGH) {
    const ids = idsOf(few).filter((id) => id >= range.least && id < range.below);
    return { ids: ids.sort().reverse(), endedAt: undefined };
  }
  const looked = await newestIn(tables, range, MAX_LOOKED_THROUGH).select(column).execute();
  const { endedAt } = asFarAs(idsOf(looked));
  return { ids: idsOf(looked.filter((row) => row[column]?.startsWith(start))), endedAt };
}
