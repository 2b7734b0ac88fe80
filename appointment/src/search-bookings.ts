import { nameKey } from '@appointments/chassis';
import type { Kysely } from 'kysely';
import { AFTER_ALL, type BookingFilter, type IdRange, idRange } from './booking-filter.ts';
import { type AppointmentTables, doctorKeys } from './booking-store.ts';
import { toSagaStatus } from './present-booking.ts';
import type { BookingStatus } from './schema.ts';

export interface SearchOptions {
  /** Only bookings before this id. */
  before?: string | undefined;
  limit: number;
  /** Bookings that the services know under `q` as an appointment id or a payment id. */
  references?: readonly string[];
}

/** One page of a search. */
export interface FoundPage {
  /** The newest first. */
  ids: string[];
  /** Where the next page goes on; null at the end. */
  next: string | null;
  /** Whether the search stopped before the page was full, because it had looked through enough. */
  cutShort: boolean;
}

type Tables = Kysely<AppointmentTables>;

// At most so many bookings are looked through for one page: reading blocks the event loop.
const MAX_LOOKED_THROUGH = 500;
// Doctors of one beginning that are read each by its own.
const MAX_DOCTORS = 10;

/** The bookings among which a page is, the newest first. */
interface Candidates {
  ids: string[];
  /** Where the look ended because it had seen enough; undefined where it has seen all. */
  endedAt: string | undefined;
}

/** Looks for bookings, the newest first: a bounded piece of work whatever is stored. */
export async function searchBookings(
  tables: Tables,
  filter: BookingFilter,
  { before, limit, references = [] }: SearchOptions,
): Promise<FoundPage> {
  const { q, status, doctor } = filter;
  const range = idRange(filter, before);
  const enough = limit + 1;
  let found: Candidates;
  if (q !== undefined) found = await ofText(tables, q, references, range);
  else if (doctor !== undefined) found = await ofDoctor(tables, doctor, range);
  else found = { ids: await newest(tables, status, range, enough), endedAt: undefined };
  const mayNotFit = q !== undefined || (doctor !== undefined && status !== undefined);
  const fitting = mayNotFit ? await thatFit(tables, filter, found.ids, enough) : found.ids;
  const ids = fitting.slice(0, limit);
  if (fitting.length > limit) return { ids, next: ids.at(-1) ?? null, cutShort: false };
  return { ids, next: found.endedAt ?? null, cutShort: found.endedAt !== undefined };
}

async function newest(tables: Tables, status: BookingStatus | undefined, range: IdRange, limit: number) {
  if (status === undefined) return idsOf(await newestIn(tables, range, limit).execute());
  const rows = await tables
    .selectFrom('sagas')
    .innerJoin('bookings', 'bookings.id', 'sagas.id')
    .select('sagas.id')
    .where('sagas.status', '=', toSagaStatus(status))
    .where('sagas.id', '>=', range.least)
    .where('sagas.id', '<', range.below)
    .orderBy('sagas.id', 'desc')
    .limit(limit)
    .execute();
  return idsOf(rows);
}

async function ofDoctor(tables: Tables, doctor: string, range: IdRange): Promise<Candidates> {
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

async function ofText(tables: Tables, text: string, references: readonly string[], range: IdRange) {
  const named = await beginningWith(tables, 'name_key', nameKey(text), range);
  // One range, so that the index is read from there on and not from where the days begin.
  const start = text.toLowerCase();
  const least = start > range.least ? start : range.least;
  const below = start + AFTER_ALL < range.below ? start + AFTER_ALL : range.below;
  const begun = asFarAs(idsOf(await newestIn(tables, { least, below }, MAX_LOOKED_THROUGH).execute()));
  const known =
    references.length === 0 ? [] : idsOf(await newestIn(tables, range, 1).where('id', 'in', references).execute());
  // Ids below this one have not been looked at in each way: they are for the next page.
  const endedAt = [named.endedAt, begun.endedAt]
    .filter((id) => id !== undefined)
    .sort()
    .at(-1);
  const ids = [...new Set([...named.ids, ...begun.ids, ...known])].filter((id) => id >= (endedAt ?? ''));
  return { ids: ids.sort().reverse(), endedAt };
}

/** Few are read by their index. Where there are many, they are dense: then the newest bookings are looked through. */
async function beginningWith(
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

/** Of these bookings, those that all of the filter lets through. */
async function thatFit(tables: Tables, { status, doctor }: BookingFilter, ids: readonly string[], limit: number) {
  if (ids.length === 0 || (status === undefined && doctor === undefined)) return ids.slice(0, limit);
  const rows = await tables
    .selectFrom('bookings')
    .innerJoin('sagas', 'sagas.id', 'bookings.id')
    .select(['bookings.id', 'bookings.doctor_key'])
    .where('bookings.id', 'in', ids)
    .$if(status !== undefined, (query) => query.where('sagas.status', '=', toSagaStatus(status as BookingStatus)))
    .orderBy('bookings.id', 'desc')
    .execute();
  const key = nameKey(doctor ?? '');
  const isOfDoctor = (stored: string) => stored.startsWith(key) || doctorKeys(doctor ?? '').includes(stored);
  return idsOf(rows.filter((row) => isOfDoctor(row.doctor_key))).slice(0, limit);
}

const newestIn = (tables: Tables, { least, below }: IdRange, limit: number) =>
  tables
    .selectFrom('bookings')
    .select('id')
    .where('id', '>=', least)
    .where('id', '<', below)
    .orderBy('id', 'desc')
    .limit(limit);

const idsOf = (rows: ReadonlyArray<{ id: string }>): string[] => rows.map(({ id }) => id);

/** Where as many were read as may be, there may be more. */
const asFarAs = (ids: string[]): Candidates => ({
  ids,
  endedAt: ids.length === MAX_LOOKED_THROUGH ? ids.at(-1) : undefined,
});
