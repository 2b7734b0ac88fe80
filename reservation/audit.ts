import { z } from 'zod';
import type { AuditedStore } from '../scripts/audited-stores.ts';

const schema = z.object({
  appointmentId: z.string(),
  reference: z.string(),
  doctor_name: z.string(),
  date: z.string(),
  time: z.string(),
  fee: z.string(),
  status: z.enum(['booked', 'cancelled', 'expired']),
});

export type Appointment = z.output<typeof schema>;

/** How the appointments are audited. */
export const audit: AuditedStore<Appointment> = {
  step: 'reserve',
  path: '/reservation/appointments',
  schema,
  row: 'appointment',
  live: 'live appointment',
  isLive: ({ status }) => status === 'booked',
  idInReply: 'appointmentId',
};
