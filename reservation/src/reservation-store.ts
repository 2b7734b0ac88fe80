import { type Database, type IdempotencyTables, idempotencyKeysMigration, openDatabase } from '@appointments/chassis';
import type { Generated, Kysely, Selectable } from 'kysely';
import { appointmentsMigration } from './migrations/001-appointments.ts';

export interface AppointmentTable {
  id: Generated<number>;
  /** The Idempotency-Key of the request that made it. */
  reference: string;
  patient_name: string;
  doctor_name: string;
  /** DD-MM-YYYY. */
  date: string;
  time: string;
  /** Minor units. */
  fee: number;
  status: 'booked' | 'cancelled';
  created_at: number;
}

export interface ReservationTables extends IdempotencyTables {
  appointments: AppointmentTable;
  /** Tombstones as well: a reference may be cancelled before its appointment is made. */
  cancellations: { reference: string; created_at: number };
}

export type Appointment = Selectable<AppointmentTable>;
export type ReservationDatabase = Database<ReservationTables>;
type Tables = Kysely<ReservationTables>;

const migrations = {
  '001-appointments': appointmentsMigration,
  '002-idempotency-keys': idempotencyKeysMigration,
};

/** Opens the store of the reservation service. */
export function openReservationDatabase(url: string, poolSize?: number): Promise<ReservationDatabase> {
  return openDatabase<ReservationTables>(url, migrations, poolSize);
}

export async function findBookedTimes(tables: Tables, doctorName: string, date: string): Promise<Set<string>> {
  const rows = await tables
    .selectFrom('appointments')
    .select('time')
    .where('doctor_name', '=', doctorName)
    .where('date', '=', date)
    .where('status', '=', 'booked')
    .execute();
  return new Set(rows.map(({ time }) => time));
}

/** @returns the appointment, or undefined where the database refused it because the slot is taken */
export function insertAppointment(
  tables: Tables,
  appointment: Omit<Appointment, 'id' | 'status'>,
): Promise<Appointment | undefined> {
  return tables
    .insertInto('appointments')
    .values({ ...appointment, status: 'booked' })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst();
}

export function findAppointment(tables: Tables, id: number): Promise<Appointment | undefined> {
  return tables.selectFrom('appointments').selectAll().where('id', '=', id).executeTakeFirst();
}

export function findAppointmentByReference(tables: Tables, reference: string): Promise<Appointment | undefined> {
  return tables.selectFrom('appointments').selectAll().where('reference', '=', reference).executeTakeFirst();
}

/** @param after only appointments with a higher id, for reading page by page */
export function listAppointments(tables: Tables, after: number, limit: number): Promise<Appointment[]> {
  return tables.selectFrom('appointments').selectAll().where('id', '>', after).orderBy('id').limit(limit).execute();
}

export async function cancelAppointment(tables: Tables, reference: string): Promise<void> {
  await tables.updateTable('appointments').set({ status: 'cancelled' }).where('reference', '=', reference).execute();
}

export async function insertCancellation(tables: Tables, reference: string, createdAt: number): Promise<void> {
  await tables
    .insertInto('cancellations')
    .values({ reference, created_at: createdAt })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

export async function isCancelled(tables: Tables, reference: string): Promise<boolean> {
  const row = await tables
    .selectFrom('cancellations')
    .select('reference')
    .where('reference', '=', reference)
    .executeTakeFirst();
  return row !== undefined;
}
