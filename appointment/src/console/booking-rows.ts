import type { Failure } from 'durable-saga';
import type { Kysely } from 'kysely';
import type { BookingFilter } from '../booking-filter.ts';
import type { AppointmentTables } from '../booking-store.ts';
import { toBookingStatus } from '../present-booking.ts';
import type { BookingStatus } from '../schema.ts';
import { searchBookings } from '../search-bookings.ts';

/** A booking as the list shows it. */
export interface BookingRow {
  id: string;
  status: BookingStatus;
  name: string;
  doctor: string;
  date: string;
  cardLastFour: string;
  /** The slot and its fee, once the booking has been confirmed. */
  time: string | null;
  fee: string | null;
  /** The code of what failed; null where nothing did. */
  reason: string | null;
  createdAt: number;
  updatedAt: number;
}

export interface RowPage {
  rows: BookingRow[];
  /** Where the next page goes on; null at the end. */
  next: string | null;
  /** Whether the search stopped before the page was full. */
  cutShort: boolean;
}

type Tables = Kysely<AppointmentTables>;

const rowsOf = (tables: Tables) =>
  tables
    .selectFrom('sagas')
    .innerJoin('bookings', 'bookings.id', 'sagas.id')
    .select([
      'sagas.id',
      'sagas.status',
      'sagas.result',
      'sagas.failure',
      'sagas.created_at',
      'sagas.updated_at',
      'bookings.name',
      'bookings.doctor',
      'bookings.date',
      'bookings.card_last_four',
    ]);

type StoredRow = Awaited<ReturnType<ReturnType<typeof rowsOf>['executeTakeFirstOrThrow']>>;

function toRow(stored: StoredRow): BookingRow {
  const result = JSON.parse(stored.result ?? 'null') as { time?: string; fee?: string } | null;
  const failure = JSON.parse(stored.failure ?? 'null') as Pick<Failure, 'step' | 'code'> | null;
  // That an operator cancelled it is no failure.
  const isCancelled = failure?.step === null && failure.code === 'cancelled';
  return {
    id: stored.id,
    status: toBookingStatus(stored.status),
    name: stored.name,
    doctor: stored.doctor,
    date: stored.date,
    cardLastFour: stored.card_last_four,
    time: result?.time ?? null,
    fee: result?.fee ?? null,
    reason: isCancelled ? null : (failure?.code ?? null),
    createdAt: stored.created_at,
    updatedAt: stored.updated_at,
  };
}

/** One page of bookings, newest first. */
export async function listRows(
  tables: Tables,
  filter: BookingFilter,
  search: Parameters<typeof searchBookings>[2],
): Promise<RowPage> {
  const { ids, next, cutShort } = await searchBookings(tables, filter, search);
  if (ids.length === 0) return { rows: [], next, cutShort };
  const stored = await rowsOf(tables).where('sagas.id', 'in', ids).orderBy('sagas.id', 'desc').execute();
  return { rows: stored.map(toRow), next, cutShort };
}

/** What has changed after a time, the latest change first. */
export async function listChanges(tables: Tables, after: number, limit: number): Promise<BookingRow[]> {
  const query = rowsOf(tables).where('sagas.updated_at', '>', after).orderBy('sagas.updated_at', 'desc').limit(limit);
  return (await query.execute()).map(toRow);
}
