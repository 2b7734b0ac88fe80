import { nameKey } from '@appointments/chassis';
import type { Failure } from 'durable-saga';
import type { Kysely } from 'kysely';
import { type AppointmentTables, doctorKeys } from '../booking-store.ts';
import { toBookingStatus, toSagaStatus } from '../present-booking.ts';
import type { BookingStatus } from '../schema.ts';

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

export interface RowFilter {
  status?: BookingStatus | undefined;
  doctor?: string | undefined;
}

export interface RowPage {
  rows: BookingRow[];
  /** Where the next page goes on; null at the end. */
  next: string | null;
  /** Whether the search stopped before the page was full. */
  cutShort: boolean;
}

type Tables = Kysely<AppointmentTables>;

// A doctor's bookings are looked through for a status this many at a time: reading blocks the event loop.
const MAX_LOOKED_THROUGH = 2_000;

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

/** One page of bookings, newest first; a bounded piece of work whatever is stored. */
export async function listRows(
  tables: Tables,
  { status, doctor }: RowFilter,
  before: string | undefined,
  limit: number,
): Promise<RowPage> {
  const lookThrough = status === undefined ? limit + 1 : MAX_LOOKED_THROUGH;
  const ofDoctor = doctor === undefined ? undefined : newestOf(tables, doctorKeys(doctor), before, lookThrough);
  const stored = await rowsOf(tables)
    .$if(status !== undefined, (query) => query.where('sagas.status', '=', toSagaStatus(status as BookingStatus)))
    .$if(before !== undefined, (query) => query.where('sagas.id', '<', before as string))
    .$if(ofDoctor !== undefined, (query) => query.where('sagas.id', 'in', ofDoctor as NonNullable<typeof ofDoctor>))
    .orderBy('sagas.id', 'desc')
    .limit(limit + 1)
    .execute();
  const rows = stored.slice(0, limit).map(toRow);
  if (stored.length > limit) return { rows, next: rows.at(-1)?.id ?? null, cutShort: false };
  const lookedThrough = status === undefined ? [] : ((await ofDoctor?.execute()) ?? []);
  const cutShort = lookedThrough.length === lookThrough;
  return { rows, next: cutShort ? (lookedThrough.at(-1)?.id ?? null) : null, cutShort };
}

function newestOf(tables: Tables, keys: string[], before: string | undefined, limit: number) {
  return tables
    .selectFrom('bookings')
    .select('id')
    .where('doctor_key', 'in', keys)
    .$if(before !== undefined, (query) => query.where('id', '<', before as string))
    .orderBy('id', 'desc')
    .limit(limit);
}

/** What has changed after a time, the latest change first. */
export async function listChanges(tables: Tables, after: number, limit: number): Promise<BookingRow[]> {
  const query = rowsOf(tables).where('sagas.updated_at', '>', after).orderBy('sagas.updated_at', 'desc').limit(limit);
  return (await query.execute()).map(toRow);
}

/** Whether a filter lets a booking through. */
export function passes({ status, doctor }: RowFilter, row: BookingRow): boolean {
  return (
    (status === undefined || row.status === status) && (doctor === undefined || nameKey(row.doctor) === nameKey(doctor))
  );
}
