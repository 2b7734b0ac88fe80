import {
  formerNameKey,
  type IdempotencyTables,
  idempotencyKeysMigration,
  nameKey,
  rateLimitsMigration,
} from '@appointments/chassis';
import { type SagaStatus, type SagaTables, sagaMigrations } from 'durable-saga';
import { openStore, prepareInsert, type Store } from 'durable-store';
import { type Kysely, type Selectable, type SqlBool, sql } from 'kysely';
import { bookingsMigration } from './migrations/002-bookings.ts';
import { sagasByUpdateMigration } from './migrations/004-sagas-by-update.ts';
import { signedOutSessionsMigration } from './migrations/005-signed-out-sessions.ts';
import { bookingsByKeyMigration } from './migrations/007-bookings-by-key.ts';
import { patientsByNameMigration } from './migrations/008-patients-by-name.ts';
import { clientsMigration } from './migrations/009-clients.ts';
import { doctorKeysMigration } from './migrations/010-doctor-keys.ts';
import { erasuresMigration } from './migrations/011-erasures.ts';
import { removalsMigration } from './migrations/013-removals.ts';

interface BookingTable {
  /** UUIDv7, so that the order of the ids is the order of the bookings. It is the saga's id as well. */
  id: string;
  name: string;
  doctor: string;
  /** The doctor's name as it is searched for, by `nameKey`; where an earlier release still runs by `formerNameKey`. */
  doctor_key: string;
  /** The patient's name as it is searched for, by `nameKey`; null in rows of earlier releases until it is filled in. */
  name_key: string | null;
  /** DD-MM-YYYY. */
  date: string;
  /** Empty where it is paid with a token. */
  card_last_four: string;
  /** The client's, where it sent one; of a client that is known, with its id before it. */
  idempotency_key: string | null;
  /** Whose it is; null where booking was open to everybody. */
  client: string | null;
}

export interface AppointmentTables extends SagaTables, IdempotencyTables {
  bookings: BookingTable;
  /** Of the console. */
  signed_out_sessions: { id: string; until: number };
  /** Of erasures that have not ended. */
  erasure_names: { erasure: string; name: string };
  erasure_references: { erasure: string; reference: string };
  /** Bookings that are being removed: from when on they may go, and whether they have gone from here. */
  removals: { reference: string; due_at: number; is_gone: 0 | 1 };
}

/** The name of bookings in the saga log. */
export const BOOKING_SAGA = 'book-appointment';

export type Booking = Omit<Selectable<BookingTable>, 'name_key'>;
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
  '008-patients-by-name': patientsByNameMigration,
  '009-clients': clientsMigration,
  '010-doctor-keys': doctorKeysMigration,
  '011-erasures': erasuresMigration,
  '012-rate-limits': rateLimitsMigration,
  '013-removals': removalsMigration,
};

/** Opens the store of the orchestrator. */
export function openAppointmentDatabase(url: string, poolSize?: number): Promise<AppointmentDatabase> {
  return openStore<AppointmentTables>(url, { migrations, poolSize });
}

const SEARCHED = ['doctor_key', 'name_key'] as const;
const COLUMNS = ['id', 'name', 'doctor', ...SEARCHED, 'date', 'card_last_four', 'idempotency_key', 'client'] as const;

const insertRow = prepareInsert<Selectable<BookingTable>>('bookings', COLUMNS, ['id']);

export async function insertBooking(tables: Tables, booking: Booking): Promise<void> {
  const inserted = await insertRow(tables, { ...booking, name_key: nameKey(booking.name) });
  if (!inserted) throw new Error('there is another booking of the same id');
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
