import { type ErasureOfReferences, type PeerClient, type PeerReply, PeerUnavailable } from '@appointments/chassis';
import { Refusal } from 'durable-saga';
import { z } from 'zod';
import { callErase } from './call-erase.ts';
import { parseReply } from './parse-reply.ts';
import { problemCode } from './problem-code.ts';
import { UnprovenRefusal } from './unproven-refusal.ts';

/** What the reservation service responds to a create. */
export const confirmation = z.object({
  appointmentId: z.string(),
  patient_name: z.string(),
  date: z.string(),
  time: z.string(),
  doctor_name: z.string(),
  fee: z.string(),
});

const doctorsReply = z.array(z.object({ name: z.string() }));
const appointmentReply = z.object({ reference: z.string() });
const patientReply = z.object({ references: z.array(z.string()), nextCursor: z.int().nullable() });

/** The reservation service's response to a create, in the guide's order. */
export type Confirmation = z.output<typeof confirmation>;

export type ReservationClient = ReturnType<typeof createReservationClient>;

/** The reservation service in the orchestrator's words. Every call is addressed by the booking's id and may be retried. */
export function createReservationClient(peer: PeerClient) {
  /**
   * @throws Refusal, UnprovenRefusal with the reply's status where the reply has no `appointmentId`, which is how the guide
   * marks a refusal; PeerUnavailable
   */
  async function create(
    bookingId: string,
    request: { name: string; doctor: string; date: string },
    signal: AbortSignal,
  ): Promise<Confirmation> {
    return peer.call('POST', 'reservation/createAppointment', {
      json: request,
      idempotencyKey: bookingId,
      signal,
      read: readConfirmation,
    });
  }

  /** Frees the booking's slot, or bars a create that is still on its way. */
  async function cancel(bookingId: string, signal: AbortSignal): Promise<void> {
    const path = `reservation/cancellations/${encodeURIComponent(bookingId)}`;
    await peer.call('PUT', path, { signal, read: assertDone });
  }

  function readConfirmation(reply: PeerReply): Confirmation {
    const code = problemCode(reply);
    if (code === 'request_in_progress') throw new PeerUnavailable(peer.name, 'in_progress');
    if (hasNoAppointment(reply)) throw toRefusal(reply.status, code);
    const parsed = confirmation.safeParse(reply.body);
    if (!parsed.success) throw new PeerUnavailable(peer.name, 'bad_reply');
    return parsed.data;
  }

  function assertDone({ status }: PeerReply): void {
    if (status !== 200) throw new PeerUnavailable(peer.name, `http_${status}`);
  }

  /**
   * @returns the id of the booking that has an appointment; undefined where none has
   * @throws PeerUnavailable
   */
  async function referenceOf(appointmentId: string, signal: AbortSignal): Promise<string | undefined> {
    const read = (reply: PeerReply) => {
      if (reply.status === 404) return undefined;
      return parseReply(peer.name, appointmentReply, reply).reference;
    };
    return peer.call('GET', `reservation/appointments/${encodeURIComponent(appointmentId)}`, { signal, read });
  }

  /**
   * @returns the names of the doctors who can be booked
   * @throws PeerUnavailable
   */
  async function doctors(signal: AbortSignal): Promise<string[]> {
    const read = (reply: PeerReply) => parseReply(peer.name, doctorsReply, reply).map(({ name }) => name);
    return peer.call('GET', 'reservation/doctors', { signal, read });
  }

  /**
   * Finds the references of a patient's appointments, page by page.
   *
   * @param cursor 0 for the first page
   * @throws PeerUnavailable
   */
  async function findPatient(name: string, cursor: number, signal: AbortSignal) {
    const read = (reply: PeerReply) => parseReply(peer.name, patientReply, reply);
    return peer.call('POST', 'reservation/patient-searches', { json: { name, cursor }, signal, read });
  }

  const erase = (erasure: ErasureOfReferences, signal: AbortSignal): Promise<number> =>
    callErase(peer, 'reservation/erasures', erasure, signal);

  /** Marks appointments that are soon removed. Harmless when done twice. */
  async function expire(references: readonly string[], signal: AbortSignal): Promise<void> {
    await peer.call('POST', 'reservation/expiries', { json: { references }, signal, read: assertDone });
  }

  /** Removes appointments that are expired or cancelled, and tombstones. Harmless when done twice. */
  async function remove(references: readonly string[], signal: AbortSignal): Promise<void> {
    await peer.call('POST', 'reservation/removals', { json: { references }, signal, read: assertDone });
  }

  return { create, cancel, referenceOf, doctors, findPatient, erase, expire, remove };
}

/** Recognises a refusal, as in the guide. */
function hasNoAppointment({ status, body }: PeerReply): boolean {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return !('appointmentId' in body);
  return status >= 400;
}

// The guide's own refusal is 200 without an appointmentId; an error status without a code may be a proxy's.
const toRefusal = (status: number, code = 'reservation_refused') =>
  status < 400 || code !== 'reservation_refused' ? new Refusal(code, { status }) : new UnprovenRefusal(code, status);
