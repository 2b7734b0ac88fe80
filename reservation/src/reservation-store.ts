import { type IdempotencyTables, idempotencyKeysMigration } from '@appointments/chassis';
import { openStore, prepareFind, prepareInsert, type Store } from 'durable-store';
import type { Generated, Kysely, Selectable } from 'kysely';
import { appointmentsMigration } from './migrations/001-appointments.ts';
import { cancellationFingerprintsMigration } from './migrations/003-cancellation-fingerprints.ts';

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
  /** `expired` is about to be removed; older releases take it for one that holds no slot. */
  status: 'booked' | 'cancelled' | 'expired';
  created_at: number;
}

interface CancellationTable {
  reference: string;
  created_at: number;
  /** Of the request that came after it, where there was none before; null until then. */
  fingerprint: string | null;
}

export interface ReservationTables extends IdempotencyTables {
  appointments: AppointmentTable;
  /** Tombstones as well: a reference may be cancelled before its appointment is made. */
  cancellations: CancellationTable;
}

export type Appointment = Selectable<AppointmentTable>;
export type Cancellation = Selectable<CancellationTable>;
export type ReservationDatabase = Store<ReservationTables>;
type Tables = Kysely<ReservationTables>;

const migrations = {
  '001-appointments': appointmentsMigration,
  '002-idempotency-keys': idempotencyKeysMigration,
  '003-cancellation-fingerprints': cancellationFingerprintsMigration,
};

/** Opens the store of the reservation service. */
export function openReservationDatabase(url: string, poolSize?: number): Promise<ReservationDatabase> {
  return openStore<ReservationTables>(url, { migrations, poolSize });
}

const findBooked = prepareFind<Appointment, 'doctor_name' | 'date', 'time'>(
  'appointments',
  {
    key: ['doctor_name', 'date'],
    having: { status: 'booked' },
  },
  ['time'],
);

export async function findBookedTimes(tables: Tables, doctorName: string, date: string): Promise<Set<string>> {
  const booked = await findBooked(tables, { doctor_name: doctorName, date });
  return new Set(booked.map(({ time }) => time));
}

type NewAppointment = Omit<Appointment, 'id' | 'status'>;

const insertRow = prepareInsert<Omit<Appointment, 'id'>, Pick<Appointment, 'id'>>(
  'appointments',
  ['reference', 'patient_name', 'doctor_name', 'date', 'time', 'fee', 'status', 'created_at'],
  ['reference'],
  ['id'],
);

/** @returns the appointment, or undefined where the database refused it because the slot is taken */
export async function insertAppointment(tables: Tables, appointment: NewAppointment): Promise<Appointment | undefined> {
  const row = { ...appointment, status: 'booked' } as const;
  const inserted = await insertRow(tables, row);
  return inserted && { ...row, ...inserted };
}

export function findAppointment(tables: Tables, id: number): Promise<Appointment | undefined> {
  return tables.selectFrom('appointments').selectAll().where('id', '=', id).executeTakeFirst();
}

const findByReference = prepareFind<Appointment, 'reference'>('appointments', { key: ['reference'] });

export async function findAppointmentByReference(tables: Tables, reference: string): Promise<Appointment | undefined> {
  return (await findByReference(tables, { reference }))[0];
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

const findTombstone = prepareFind<Cancellation, 'reference'>('cancellations', { key: ['reference'] });

export async function findCancellation(tables: Tables, reference: string): Promise<Cancellation | undefined> {
  return (await findTombstone(tables, { reference }))[0];
}

/** Keeps what the request was that a tombstone is to be compared with later. */
export async function keepFingerprint(tables: Tables, reference: string, fingerprint: string): Promise<void> {
  await tables.updateTable('cancellations').set({ fingerprint }).where('reference', '=', reference).execute();
}
