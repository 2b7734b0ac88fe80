import { dayField, textField } from '@appointments/chassis';
import { z } from 'zod';

/** The body of createAppointment. The guide sends the client's whole body; its card number is dropped here, unread. */
export const appointmentRequest = z.object({ name: textField(100), doctor: textField(100), date: dayField() });

export type AppointmentRequest = z.output<typeof appointmentRequest>;

export const slotsQuery = z.object({ date: dayField() });
