import {
  formatAmount,
  type IdempotencyKeys,
  type IdempotentRequest,
  idempotencyKeyReused,
  jsonReply,
  type Reply,
  refusalReply,
} from '@appointments/chassis';
import type { Kysely } from 'kysely';
import type { Catalogue, Doctor } from './catalogue.ts';
import { appointmentNotFound, cancelledBefore, doctorNotFound, noSlotAvailable } from './problems.ts';
import {
  type Appointment,
  type Cancellation,
  cancelAppointment,
  findAppointment,
  findAppointmentByReference,
  findBookedTimes,
  findCancellation,
  insertAppointment,
  insertCancellation,
  keepFingerprint,
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
   * @throws Problem 409 `request_in_progress`, 422 `idempotency_key_reused`
   */
  function create(request: IdempotentRequest, input: AppointmentRequest): Promise<Reply> {
    const doctor = catalogue.find(input.doctor);
    const day = `${doctor?.name} ${input.date}`;
    return keys.once(database, request, [day], async (tables) => {
      // Over PostgreSQL these go in one round trip.
      const [earlier, cancellation, booked] = await Promise.all([
        findAppointmentByReference(tables, request.key),
        findCancellation(tables, request.key),
        doctor ? findBookedTimes(tables, doctor.name, input.date) : new Set<string>(),
      ]);
      if (earlier) assertSameAppointment(earlier, input, doctor);
      if (cancellation) return refuseCancelled(tables, cancellation, request, earlier);
      if (earlier) return jsonReply(200, presentConfirmation(earlier));
      // Refusals are returned and not thrown: nothing is to be rolled back.
      if (!doctor) return refusalReply(doctorNotFound(), request.route);
      const { name: patient_name, date } = input;
      const wanted = { reference: request.key, patient_name, date, created_at: now() };
      const made = await takeFirstFreeSlot(tables, doctor, booked, wanted);
      if (!made) return refusalReply(noSlotAvailable(), request.route);
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

/**
 * @param booked the times that are taken that day; others may be by now
 * @returns undefined where none is free
 */
async function takeFirstFreeSlot(
  tables: Kysely<ReservationTables>,
  { name: doctor_name, fee, slots }: Doctor,
  booked: ReadonlySet<string>,
  wanted: Pick<Appointment, 'reference' | 'patient_name' | 'date' | 'created_at'>,
): Promise<Appointment | undefined> {
  for (const time of slots) {
    if (booked.has(time)) continue;
    const appointment = await insertAppointment(tables, { ...wanted, doctor_name, time, fee });
    if (appointment) return appointment;
  }
  return undefined;
}

/** The refusal of a create after its cancellation; a tombstone remembers the first request that it refused. */
async function refuseCancelled(
  tables: Kysely<ReservationTables>,
  { reference, fingerprint }: Cancellation,
  request: IdempotentRequest,
  earlier: Appointment | undefined,
): Promise<Reply> {
  if (!earlier && fingerprint === null) await keepFingerprint(tables, reference, request.fingerprint);
  if (!earlier && (fingerprint ?? request.fingerprint) !== request.fingerprint) throw idempotencyKeyReused();
  // Returned rather than thrown, so that what is written here stays.
  return refusalReply(cancelledBefore(), request.route);
}

/** The guide's six members in the guide's order. */
function presentConfirmation({ id, patient_name, date, time, doctor_name, fee }: Appointment) {
  return { appointmentId: String(id), patient_name, date, time, doctor_name, fee: formatAmount(fee) };
}

function presentAppointment(appointment: Appointment) {
  const { reference, status } = appointment;
  return { ...presentConfirmation(appointment), status, reference };
}

// Keys are deleted after a day and appointments are not, so here they say what the key was used for.
function assertSameAppointment(
  { patient_name, doctor_name, date }: Appointment,
  input: AppointmentRequest,
  doctor: Doctor | undefined,
): void {
  // A doctor who has left the catalogue is known by the name that was booked.
  if (patient_name === input.name && doctor_name === (doctor?.name ?? input.doctor) && date === input.date) return;
  throw idempotencyKeyReused();
}
