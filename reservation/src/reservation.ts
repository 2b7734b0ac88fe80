import {
  formatAmount,
  type IdempotencyKeys,
  type IdempotentRequest,
  jsonReply,
  type Reply,
} from '@appointments/chassis';
import type { Kysely } from 'kysely';
import type { Catalogue, Doctor } from './catalogue.ts';
import { appointmentNotFound, cancelledBefore, doctorNotFound, noSlotAvailable } from './problems.ts';
import {
  type Appointment,
  cancelAppointment,
  findAppointment,
  findAppointmentByReference,
  findBookedTimes,
  insertAppointment,
  insertCancellation,
  isCancelled,
  listAppointments,
  type ReservationDatabase,
  type ReservationTables,
} from './reservation-store.ts';
import type { AppointmentRequest } from './schema.ts';

export interface ReservationDependencies {
  database: ReservationDatabase;
  catalogue: Catalogue;
  keys: IdempotencyKeys;
  now?: () => number;
}

export type Reservations = ReturnType<typeof createReservations>;

/** Appointments with doctors: made once for each reference, undone by it, in whatever order the two arrive. */
export function createReservations({ database, catalogue, keys, now = Date.now }: ReservationDependencies) {
  function doctorNamed(name: string): Doctor {
    const doctor = catalogue.find(name);
    if (!doctor) throw doctorNotFound();
    return doctor;
  }

  /**
   * Books the first free slot of the doctor's day.
   *
   * @returns 200 with the appointment, 404 `doctor_not_found`, 409 `no_slot_available`, or 409 `cancelled` where the
   * reference was cancelled before; a retry gets the first of these again
   */
  function create(request: IdempotentRequest, input: AppointmentRequest): Promise<Reply> {
    return keys.once(database, request, async (tables) => {
      const earlier = await findAppointmentByReference(tables, request.key);
      if (await isCancelled(tables, request.key)) throw cancelledBefore();
      if (earlier) return jsonReply(200, presentConfirmation(earlier));
      const { name: patient_name, date } = input;
      const wanted = { reference: request.key, patient_name, date, created_at: now() };
      const made = await takeFirstFreeSlot(tables, doctorNamed(input.doctor), wanted);
      return jsonReply(200, presentConfirmation(made));
    });
  }

  /** Cancels what was or will be booked under the reference: its slot is free again, and a late create is refused. */
  function cancel(reference: string) {
    const cancelled = async (tables: Kysely<ReservationTables>) => {
      await insertCancellation(tables, reference, now());
      await cancelAppointment(tables, reference);
      const appointment = await findAppointmentByReference(tables, reference);
      return { reference, status: 'cancelled', ...(appointment && { appointmentId: String(appointment.id) }) };
    };
    // The same subject as that of a create, so that the two never overlap.
    return database.transaction(cancelled, { subject: reference, repeatable: true });
  }

  /** @throws Problem 404 `appointment_not_found` */
  async function find(appointmentId: string) {
    const appointment =
      /^\d{1,15}$/.test(appointmentId) && (await findAppointment(database.read, Number(appointmentId)));
    if (!appointment) throw appointmentNotFound();
    return presentAppointment(appointment);
  }

  async function list({ cursor, limit }: { cursor: number; limit: number }) {
    const appointments = await listAppointments(database.read, cursor, limit);
    const last = appointments.length === limit ? appointments.at(-1) : undefined;
    return { items: appointments.map(presentAppointment), nextCursor: last ? String(last.id) : null };
  }

  /** @throws Problem 404 `doctor_not_found` */
  async function slots(doctorName: string, date: string) {
    const doctor = doctorNamed(doctorName);
    const booked = await findBookedTimes(database.read, doctor.name, date);
    return doctor.slots.map((time) => ({ time, free: !booked.has(time) }));
  }

  return { create, cancel, find, list, slots };
}

/** @throws Problem 409 `no_slot_available` */
async function takeFirstFreeSlot(
  tables: Kysely<ReservationTables>,
  { name: doctor_name, fee, slots }: Doctor,
  wanted: Pick<Appointment, 'reference' | 'patient_name' | 'date' | 'created_at'>,
): Promise<Appointment> {
  const booked = await findBookedTimes(tables, doctor_name, wanted.date);
  for (const time of slots) {
    if (booked.has(time)) continue;
    const appointment = await insertAppointment(tables, { ...wanted, doctor_name, time, fee });
    if (appointment) return appointment;
  }
  throw noSlotAvailable();
}

/** The guide's six members in the guide's order. */
function presentConfirmation({ id, patient_name, date, time, doctor_name, fee }: Appointment) {
  return { appointmentId: String(id), patient_name, date, time, doctor_name, fee: formatAmount(fee) };
}

function presentAppointment(appointment: Appointment) {
  const { reference, status } = appointment;
  return { ...presentConfirmation(appointment), status, reference };
}
