import type { SagaStatus } from 'durable-saga';
import type { Kysely } from 'kysely';
import type { BookingFilter } from '../booking-filter.ts';
import { bookingOutcome } from '../booking-outcome.ts';
import type { AppointmentTables } from '../booking-store.ts';
import { toBookingStatus } from '../present-booking.ts';
import type { BookingOutcome, BookingStatus } from '../schema.ts';
import { searchBookings } from '../search-bookings.ts';
import { type RowReason, rowReason } from './pages/headline.ts';
import type { SagaState } from './pages/trouble.ts';

/** A booking as the list shows it. */
export interface BookingRow {
  id: string;
  status: BookingStatus;
  /** Null where it is still open. */
  outcome: BookingOutcome | null;
  name: string;
  doctor: string;
  date: string;
  cardLastFour: string;
  /** The slot and its fee, once the booking has been confirmed. */
  time: string | null;
  fee: string | null;
  /** Why it is not as it should be; undefined where it is. */
  reason: RowReason | undefined;
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

// Of these the log says why; the others' is not read, for it is long.
const UNDER_WAY: readonly SagaStatus[] = ['pending', 'waiting', 'compensating', 'stuck', 'paused'];

const rowsOf = (tables: Tables) =>
  tables
    .selectFrom('sagas')
    .innerJoin('bookings', 'bookings.id', 'sagas.id')
    .select((row) =>
      (['sagas.steps', 'sagas.history'] as const).map((column) =>
        row
          .case()
          .when('sagas.status', 'in', UNDER_WAY)
          .then(row.ref(column))
          .end()
          .as(column === 'sagas.steps' ? 'steps' : 'history'),
      ),
    )
    .select([
      'sagas.id',
      'sagas.status',
      'sagas.result',
      'sagas.failure',
      'sagas.goal',
      'sagas.reason',
      'sagas.stalls',
      'sagas.progress_at',
      'sagas.due_at',
      'sagas.worker',
      'sagas.created_at',
      'sagas.updated_at',
      'bookings.name',
      'bookings.doctor',
      'bookings.date',
      'bookings.card_last_four',
    ]);

type StoredRow = Awaited<ReturnType<ReturnType<typeof rowsOf>['executeTakeFirstOrThrow']>>;

function sagaStateOf(stored: StoredRow): SagaState {
  return {
    status: stored.status,
    goal: stored.goal,
    steps: JSON.parse(stored.steps ?? '[]'),
    history: JSON.parse(stored.history ?? '[]'),
    failure: JSON.parse(stored.failure ?? 'null'),
    reason: JSON.parse(stored.reason ?? 'null'),
    reschedules: stored.stalls,
    progressAt: stored.progress_at ?? stored.updated_at,
    dueAt: stored.due_at,
    worker: stored.worker,
  };
}

function toRow(stored: StoredRow): BookingRow {
  const result = JSON.parse(stored.result ?? 'null') as { time?: string; fee?: string } | null;
  const state = sagaStateOf(stored);
  const status = toBookingStatus(stored.status);
  return {
    id: stored.id,
    status,
    outcome: bookingOutcome({ ...state, status }),
    name: stored.name,
    doctor: stored.doctor,
    date: stored.date,
    cardLastFour: stored.card_last_four,
    time: result?.time ?? null,
    fee: result?.fee ?? null,
    reason: rowReason(state),
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
