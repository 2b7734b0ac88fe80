import { dayField, textField } from '@appointments/chassis';
import { z } from 'zod';

/** The body of createAppointment. The guide sends the client's whole body; its card number is dropped here, unread. */
export const appointmentRequest = z.object({ name: textField(100), doctor: textField(100), date: dayField() });

export type AppointmentRequest = z.output<typeof appointmentRequest>;

/** Whose appointments are looked for, and where the page before ended. */
export const patientSearch = z.object({
  name: textField(100),
  cursor: z.int().min(0).default(0).meta({ description: '`nextCursor` of the page before.' }),
});

export const slotsQuery = z.object({ date: dayField() });
