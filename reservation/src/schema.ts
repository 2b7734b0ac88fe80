import { dayField, referenceField, textField } from '@appointments/chassis';
import { z } from 'zod';

/** The body of createAppointment. The guide sends the client's whole body; its card number is dropped here, unread. */
export const appointmentRequest = z.object({ name: textField(100), doctor: textField(100), date: dayField() });

export type AppointmentRequest = z.output<typeof appointmentRequest>;

export const slotsQuery = z.object({ date: dayField() });

export const pageQuery = z.object({
  cursor: z.coerce.number('must be a cursor from an earlier page').int().min(0).default(0),
  limit: z.coerce.number('must be a number').int().min(1).max(500).default(100),
});

export const referenceParam = z.object({ reference: referenceField() });
