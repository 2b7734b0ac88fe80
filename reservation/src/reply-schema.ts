import { z } from 'zod';

const day = z.string().regex(/^\d{2}-\d{2}-\d{4}$/);
const money = z.string().regex(/^\d+\.\d{2}$/);
const time = z.string().regex(/^(1[0-2]|[1-9])\.[0-5]\d(am|pm)$/);

/** The guide's six members. */
export const confirmationReply = z.strictObject({
  appointmentId: z.string().regex(/^\d+$/),
  patient_name: z.string(),
  date: day,
  time,
  doctor_name: z.string(),
  fee: money,
});

export const appointmentReply = z.strictObject({
  ...confirmationReply.shape,
  status: z.enum(['booked', 'cancelled']),
  reference: z.string(),
});

export const appointmentsReply = z.strictObject({
  items: z.array(appointmentReply),
  nextCursor: z.string().nullable(),
});

export const cancellationReply = z.strictObject({
  reference: z.string(),
  status: z.literal('cancelled'),
  appointmentId: z.string().regex(/^\d+$/).optional().meta({ description: 'Left out where nothing was booked.' }),
});

export const doctorsReply = z.array(
  z.strictObject({ name: z.string(), speciality: z.string(), fee: money, slots: z.array(time) }),
);

export const slotsReply = z.array(z.strictObject({ time, free: z.boolean() }));

export const patientReferences = z.strictObject({
  references: z.array(z.string()),
  nextCursor: z.int().nullable(),
});
