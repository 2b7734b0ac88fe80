import { dayField, textField, withPaymentMeans } from '@appointments/chassis';
import { z } from 'zod';
import { BOOKING_STEPS } from './booking-steps.ts';

/** How many bookings one request retries. */
export const MOST_RETRIES = 200;

/** The body of a booking; members not listed are ignored. */
export const bookingBody = withPaymentMeans({ name: textField(100), doctor: textField(100), date: dayField() });

export type BookingBody = z.output<typeof bookingBody>;

/** What is kept of a booking's request: all but the card number. */
export interface BookingRequest extends Omit<BookingBody, 'cardNum'> {
  /** That the client asked to be told at once that the booking has begun; the console says so. */
  respondAsync?: true;
}

const reason = textField(500).meta({ description: 'Why; kept with the booking.' });

/** What may be said of an action; it may be left out altogether. */
export const reasonBody = z.object({ reason: reason.optional() }).optional();

/** What an operator says has become of a step that no retry can settle. */
export const resolutionBody = z
  .object({
    step: textField(100).meta({ description: 'The name of the step, as the booking shows it, without `undo`.' }),
    outcome: z.enum(['done', 'undone'], 'must be done or undone').meta({
      description:
        '`done`: it had its effect, and `result` is what the service would have responded. `undone`: it left nothing behind.',
    }),
    result: z.record(z.string(), z.string()).optional(),
    reason,
  })
  .superRefine(({ step, outcome, result }, context) => {
    const schema = outcome === 'done' ? BOOKING_STEPS[step]?.result : undefined;
    if (schema && !schema.safeParse(result).success) {
      context.addIssue({ code: 'custom', path: ['result'], message: 'must be what the service responds to this step' });
    }
  });

export type ResolutionBody = z.output<typeof resolutionBody>;

/** Which bookings are retried: these, or all that are stuck. */
export const retriesBody = z
  .object({
    ids: z.array(z.uuid('must be a booking id')).min(1).max(MOST_RETRIES).optional(),
    status: z.literal('stuck', 'must be stuck').optional().meta({ description: 'All that are stuck.' }),
    reason: reason.optional(),
  })
  .refine(({ ids, status }) => (ids === undefined) !== (status === undefined), {
    path: ['ids'],
    message: 'send either ids or the status stuck',
  });

export type RetriesBody = z.output<typeof retriesBody>;

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

/** What bookings come to. */
export const bookingOutcome = z.enum(['confirmed', 'refused', 'lost']);

export type BookingOutcome = z.output<typeof bookingOutcome>;

const calendarDay = (description: string) =>
  z.iso.date('must be a day, as YYYY-MM-DD').optional().meta({ description });

/** What bookings can be asked for. */
export const bookingFilter = z.object({
  q: textField(100).optional().meta({
    description:
      "The beginning of a booking id or of a patient's name, in any case; or an appointment id or a payment id.",
  }),
  status: bookingStatus.optional(),
  outcome: bookingOutcome.optional().meta({
    description:
      'What it came to: `confirmed`, be it cancelled later or not; `refused` for what was asked for, such as a card that is ' +
      'declined; `lost` to a fault, be it undone yet or not.',
  }),
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
