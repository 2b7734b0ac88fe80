import { dayField, textField, withPaymentMeans } from '@appointments/chassis';
import { z } from 'zod';

/** The body of a booking; members not listed are ignored. */
export const bookingBody = withPaymentMeans({ name: textField(100), doctor: textField(100), date: dayField() });

export type BookingBody = z.output<typeof bookingBody>;

/** What is kept of a booking's request: all but the card number. */
export type BookingRequest = Omit<BookingBody, 'cardNum'>;

/** What may be said of a cancellation; it may be left out altogether. */
export const cancellationBody = z
  .object({ reason: textField(500).optional().meta({ description: 'Why; kept with the booking.' }) })
  .optional();

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

export const bookingsQuery = z.object({
  status: bookingStatus.optional(),
  doctor: textField(100).optional(),
  limit: z.coerce.number('must be a number').int().min(1).max(200).default(50),
  cursor: z.uuid('must be a cursor from an earlier page').optional(),
});

export type BookingsQuery = z.output<typeof bookingsQuery>;

/** At most the last four digits are ever shown (PCI DSS 3.4.1). */
export const maskCard = (lastFour: string): string | null => (lastFour === '' ? null : `•••• ${lastFour}`);
