import { parseAmount } from '@appointments/chassis';
import type { Appointment, Booking, Payment, Stores } from './read-stores.ts';

/** One invariant of the stores together, and every place where it does not hold. */
export interface Finding {
  invariant: string;
  violations: string[];
}

/** In minor units; exact, where a sum of numbers would soon not be. */
const sum = (amounts: Array<string | null | undefined>): bigint =>
  amounts.reduce((total, text) => total + BigInt(parseAmount(text ?? '') ?? 0), 0n);

const UNFINISHED = new Set(['pending', 'requires_action', 'compensating', 'stuck', 'paused']);

/** The invariants themselves, over what the stores hold. */
export function inspectStores({ appointments, payments, bookings }: Stores): Finding[] {
  const live = appointments.filter(({ status }) => status === 'booked');
  // What is about to be removed goes from one store after the other.
  const expired = new Set(appointments.filter(({ status }) => status === 'expired').map(({ reference }) => reference));
  const settled = payments.filter(
    ({ payment_status, reference }) => payment_status === 'settled' && !expired.has(reference),
  );
  const liveByReference = new Map(live.map((row) => [row.reference, row]));
  const settledByReference = new Map(settled.map((row) => [row.reference, row]));
  const ended = bookings.filter(({ status }) => !UNFINISHED.has(status));
  const confirmed = ended.filter(({ status, id }) => status === 'confirmed' && !expired.has(id));
  const undone = ended.filter(({ status }) => status !== 'confirmed');
  const fees = sum(live.map(({ fee }) => fee));
  const kept = sum(settled.map(({ amount }) => amount));
  return [
    {
      invariant: 'one live appointment per doctor, day and time',
      violations: repeated(live.map(({ doctor_name, date, time }) => `${doctor_name}, ${date}, ${time}`)),
    },
    {
      invariant: 'one appointment and one payment per booking',
      violations: [
        ...repeated(appointments.map(({ reference }) => reference)),
        ...repeated(payments.map(({ reference }) => reference)),
      ],
    },
    {
      invariant: 'every settled payment has its live appointment',
      violations: settled.filter(({ reference }) => !liveByReference.has(reference)).map(({ reference }) => reference),
    },
    {
      invariant: 'every live appointment has its settled payment',
      violations: live.filter(({ reference }) => !settledByReference.has(reference)).map(({ reference }) => reference),
    },
    {
      invariant: 'money kept equals fees of live appointments',
      violations: kept === fees ? [] : [`kept ${kept}, fees ${fees} (minor units)`],
    },
    {
      invariant: 'every confirmed booking is in both stores',
      violations: confirmed.filter((row) => !isBacked(row, liveByReference, settledByReference)).map(({ id }) => id),
    },
    {
      invariant: 'every other ended booking left nothing behind',
      violations: undone.filter(({ id }) => liveByReference.has(id) || settledByReference.has(id)).map(({ id }) => id),
    },
    {
      invariant: 'every booking has ended',
      violations: bookings.filter(({ status }) => UNFINISHED.has(status)).map(({ id, status }) => `${id} (${status})`),
    },
  ];
}

function isBacked({ id, reply }: Booking, live: Map<string, Appointment>, settled: Map<string, Payment>): boolean {
  const ids = [live.get(id)?.appointmentId, settled.get(id)?.payment_id];
  return ids.every((value) => value !== undefined) && ids[0] === reply?.appointmentId && ids[1] === reply?.payment_id;
}

function repeated(values: string[]): string[] {
  const seen = new Set<string>();
  return values.filter((value) => seen.size === seen.add(value).size);
}
