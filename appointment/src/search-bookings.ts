import { nameKey } from '@appointments/chassis';
import type { Kysely } from 'kysely';
import { AFTER_ALL, type BookingFilter, type IdRange, idRange } from './booking-filter.ts';
import { type AppointmentTables, doctorKeys } from './booking-store.ts';
import { toSagaStatus } from './present-booking.ts';
import type { BookingStatus } from './schema.ts';
import { ofDoctor } from './search-by-doctor.ts';
import { ofOutcome, thatCameTo } from './search-by-outcome.ts';
import { asFarAs, beginningWith, type Candidates, idsOf, MAX_LOOKED_THROUGH, newestIn } from './search-candidates.ts';

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

/** Looks for bookings, the newest first: a bounded piece of work whatever is stored. */
export async function searchBookings(
  tables: Tables,
  filter: BookingFilter,
  { before, limit, references = [] }: SearchOptions,
): Promise<FoundPage> {
  const { q, status, doctor, outcome } = filter;
  const range = idRange(filter, before);
  const enough = limit + 1;
  const found = await candidates(tables, filter, { range, enough, references });
  const mayNotFit = q !== undefined || (doctor !== undefined && (status !== undefined || outcome !== undefined));
  const fitting = mayNotFit ? await thatFit(tables, filter, found.ids, enough) : found.ids;
  const ids = fitting.slice(0, limit);
  if (fitting.length > limit) return { ids, next: ids.at(-1) ?? null, cutShort: false };
  return { ids, next: found.endedAt ?? null, cutShort: found.endedAt !== undefined };
}

interface Look {
  range: IdRange;
  enough: number;
  references: readonly string[];
}

/** Bookings by the part of a filter that lets through the fewest; what is left of it may not fit them. */
async function candidates(tables: Tables, filter: BookingFilter, { range, enough, references }: Look) {
  const { q, status, doctor, outcome } = filter;
  if (q !== undefined) return ofText(tables, q, references, range);
  if (doctor !== undefined) return ofDoctor(tables, doctor, range);
  if (outcome !== undefined) return ofOutcome(tables, { outcome, status }, range, enough);
  return { ids: await newest(tables, status, range, enough), endedAt: undefined };
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

async function ofText(
  tables: Tables,
  text: string,
  references: readonly string[],
  range: IdRange,
): Promise<Candidates> {
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

/** Of these bookings, those that all of the filter lets through. */
async function thatFit(tables: Tables, filter: BookingFilter, ids: readonly string[], limit: number) {
  const { status, doctor, outcome } = filter;
  if (ids.length === 0 || (status === undefined && doctor === undefined && outcome === undefined))
    return ids.slice(0, limit);
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
  const fitting = idsOf(rows.filter((row) => isOfDoctor(row.doctor_key)));
  return (outcome === undefined ? fitting : await thatCameTo(tables, outcome, fitting)).slice(0, limit);
}
