import { quantile } from '../statistics.ts';

/** What a load generator saw in its measured window. Times in milliseconds. */
export interface Measurement {
  seconds: number;
  bookings: number;
  perSecond: number;
  p50: number;
  p99: number;
  p999: number;
  slowest: number;
  /** Requests without a response, with another status than 200 or with other members than the eight. */
  errors: number;
  /** How many there were of each, such as `http_503`. */
  errorCounts: Record<string, number>;
}

const MEMBERS = ['payment_status', 'payment_id', 'appointmentId', 'patient_name', 'date', 'time', 'doctor_name', 'fee'];

/** Whether a reply is a booking as the guide has it: the eight members and no other, each a string. */
export function isBooking(body: string): boolean {
  try {
    const reply = JSON.parse(body);
    return Object.keys(reply).length === MEMBERS.length && MEMBERS.every((name) => typeof reply[name] === 'string');
  } catch {
    return false;
  }
}

/** @param latencies of the bookings that went well, in milliseconds */
export function summarise(latencies: number[], errors: Map<string, number>, seconds: number): Measurement {
  const sorted = Float64Array.from(latencies).sort();
  return {
    seconds,
    bookings: sorted.length,
    perSecond: sorted.length / seconds,
    p50: quantile(sorted, 0.5),
    p99: quantile(sorted, 0.99),
    p999: quantile(sorted, 0.999),
    slowest: quantile(sorted, 1),
    errors: [...errors.values()].reduce((sum, count) => sum + count, 0),
    errorCounts: Object.fromEntries(errors),
  };
}

/** Counts by name. */
export function tally(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
