import { formerNameKey, type IdempotencyTables, idempotencyKeysMigration, nameKey } from '@appointments/chassis';
import { type SagaStatus, type SagaTables, sagaMigrations } from 'durable-saga';
import { openStore, prepareQuery, type Store, valuesOf } from 'durable-store';
import { type Kysely, type Selectable, type SqlBool, sql } from 'kysely';
import { bookingsMigration } from './migrations/002-bookings.ts';
import { sagasByUpdateMigration } from './migrations/004-sagas-by-update.ts';
import { signedOutSessionsMigration } from './migrations/005-signed-out-sessions.ts';
import { bookingsByKeyMigration } from './migrations/007-bookings-by-key.ts';
import { doctorKeysMigration } from './migrations/010-doctor-keys.ts';

interface BookingTable {
  /** UUIDv7, so that the order of the ids is the order of the bookings. It is the saga's id as well. */
  id: string;
  name: string;
  doctor: string;
  /** The doctor's name as it is searched for, by `nameKey`; where an earlier release still runs by `formerNameKey`. */
  doctor_key: string;
  /** DD-MM-YYYY. */
  date: string;
  /** Empty where it is paid with a token. */
  card_last_four: string;
  /** The client's, where it sent one. */
  idempotency_key: string | null;
}

export interface AppointmentTables extends SagaTables, IdempotencyTables {
  bookings: BookingTable;
  /** Of the console. */
  signed_out_sessions: { id: string; until: number };
}

/** The name of bookings in the saga log. */
export const BOOKING_SAGA = 'book-appointment';

export type Booking = Selectable<BookingTable>;
export type AppointmentDatabase = Store<AppointmentTables>;
type Tables = Kysely<AppointmentTables>;

const migrations = {
  '001-sagas': sagaMigrations['sagas-001'],
  '002-bookings': bookingsMigration,
  '003-idempotency-keys': idempotencyKeysMigration,
  '004-sagas-by-update': sagasByUpdateMigration,
  '005-signed-out-sessions': signedOutSessionsMigration,
  '006-sagas-of-any-version': sagaMigrations['sagas-002'],
  '007-bookings-by-key': bookingsByKeyMigration,
  '010-doctor-keys': doctorKeysMigration,
};

/** Opens the store of the orchestrator. */
export function openAppointmentDatabase(url: string, poolSize?: number): Promise<AppointmentDatabase> {
  return openStore<AppointmentTables>(url, { migrations, poolSize });
}

const COLUMNS = ['id', 'name', 'doctor', 'doctor_key', 'date', 'card_last_four', 'idempotency_key'] as const;

const insertRow = prepareQuery<AppointmentTables, Booking>((tables, value) =>
  tables.insertInto('bookings').values(valuesOf(value, COLUMNS)),
);

export async function insertBooking(tables: Tables, booking: Booking): Promise<void> {
  await insertRow(tables, booking);
}

export async function findBooking(tables: Tables, id: string): Promise<Booking | undefined> {
  // PostgreSQL refuses a text with a NUL in it, even when it is only asked for.
  if (id.includes('\0')) return undefined;
  return tables.selectFrom('bookings').selectAll().where('id', '=', id).executeTakeFirst();
}

/** The newest booking under a client's key: keys may be used anew once they are no longer kept. */
export async function findBookingByKey(tables: Tables, key: string): Promise<Booking | undefined> {
  const byKey = tables.selectFrom('bookings').selectAll().where('idempotency_key', '=', key);
  return byKey.orderBy('id', 'desc').limit(1).executeTakeFirst();
}

/** The keys under which bookings with a doctor are stored: today's, and that of an earlier release that still runs. */
export const doctorKeys = (doctor: string): string[] => [...new Set([nameKey(doctor), formerNameKey(doctor)])];

export interface BookingFilter {
  sagaStatus: SagaStatus | undefined;
  doctor: string | undefined;
  /** Only bookings before this id. */
  before: string | undefined;
  limit: number;
}

/** @returns ids, newest first */
export async function listBookingIds(
  tables: Tables,
  { sagaStatus, doctor, before, limit }: BookingFilter,
): Promise<string[]> {
  const rows = await tables
    .selectFrom('bookings')
    .innerJoin('sagas', 'sagas.id', 'bookings.id')
    .select('bookings.id')
    .$if(sagaStatus !== undefined, (query) => query.where('sagas.status', '=', sagaStatus as SagaStatus))
    .$if(doctor !== undefined, (query) => query.where('bookings.doctor_key', 'in', doctorKeys(doctor as string)))
    .$if(before !== undefined, (query) => query.where('bookings.id', '<', before as string))
    .orderBy('bookings.id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}

/**
 * Tells bookings from other sagas by what the indexes have: every other saga's id is longer than a booking's, which is a
 * UUID.
 */
export const isBookingId = sql<SqlBool>`length(id) = 36`;

const UNFINISHED: readonly SagaStatus[] = ['pending', 'waiting', 'compensating', 'stuck', 'paused'];

/** How many bookings have not ended, by the status of their saga. */
export async function countUnfinishedBookings(tables: Tables): Promise<Map<SagaStatus, number>> {
  const rows = await tables
    .selectFrom('sagas')
    .select(({ fn }) => ['status', fn.countAll<number>().as('count')])
    .where('status', 'in', UNFINISHED)
    .where(isBookingId)
    .groupBy('status')
    .execute();
  return new Map(rows.map(({ status, count }) => [status, Number(count)]));
}
