import { dayField, textField, withPaymentMeans } from '@appointments/chassis';
import { z } from 'zod';

/** The body of a booking; members not listed are ignored. */
export const bookingBody = withPaymentMeans({ name: textField(100), doctor: textField(100), date: dayField() });

export type BookingBody = z.output<typeof bookingBody>;

/** What is kept of a booking's request: all but the card number. */
export type BookingRequest = Omit<BookingBody, 'cardNum'>;

/** The states of a booking as clients see them. */
export const bookingStatus = z.enum([
  'pending',
  'requires_action',
  'confirmed',
  'failed',
  'compensating',
  'compensated',
  'stuck',
  'paused',
  'cancelled',
]);

export type BookingStatus = z.output<typeof bookingStatus>;

const calendarDay = (description: string) =>
  z.iso.date('must be a day, as YYYY-MM-DD').optional().meta({ description });

/** What bookings can be asked for. */
export const bookingFilter = z.object({
  q: textField(100).optional().meta({
    description:
      "The beginning of a booking id or of a patient's name, in any case; or an appointment id or a payment id.",
  }),
  status: bookingStatus.optional(),
  doctor: textField(100).optional().meta({ description: "A doctor's name or its beginning, in any case." }),
  from: calendarDay('The first day on which it was booked, in UTC.'),
  to: calendarDay('The last day on which it was booked, in UTC.'),
});

export const bookingsQuery = bookingFilter.extend({
  limit: z.coerce.number('must be a number').int().min(1).max(200).default(50),
  cursor: z.uuid('must be a cursor from an earlier page').optional(),
});

export type BookingsQuery = z.output<typeof bookingsQuery>;

/** At most the last four digits are ever shown (PCI DSS 3.4.1). */
export const maskCard = (lastFour: string): string | null => (lastFour === '' ? null : `•••• ${lastFour}`);
