import type { BookingRequest } from './booking-client.ts';

const DAY_MS = 86_400_000;

/** A day of the calendar, DD-MM-YYYY, counted from the first of 2031. */
export function dayOf(index: number): string {
  const [year, month, day] = new Date(Date.UTC(2031, 0, 1) + index * DAY_MS).toISOString().slice(0, 10).split('-');
  return `${day}-${month}-${year}`;
}

export const CARDS = {
  settles: '4242424242424242',
  declined: '4000000000000002',
  processingError: '4000000000000119',
} as const;

/** A booking that is as good as any other. */
export function bookingFor(day: number, changes: Partial<BookingRequest> = {}): BookingRequest {
  return { name: 'Thomas Colins', doctor: 'John Doe', date: dayOf(day), cardNum: CARDS.settles, ...changes };
}
