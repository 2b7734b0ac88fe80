import { z } from 'zod';
import { BOOKING_STEPS } from './booking-steps.ts';
import { bookingStatus } from './schema.ts';

const time = z.iso.datetime().nullable();

/** The payment reply's members, then the reservation reply's: the guide's eight and no other. */
export const confirmationReply = z.strictObject({
  payment_status: z.literal('settled'),
  payment_id: z.string(),
  appointmentId: z.string(),
  patient_name: z.string(),
  date: z.string(),
  time: z.string(),
  doctor_name: z.string(),
  fee: z.string(),
});

/** The guide's four members and no other. */
export const failureReply = z.strictObject({
  appointment_status: z.literal('failure'),
  name: z.string(),
  doctor: z.string(),
  date: z.string(),
});

const stepNames = Object.keys(BOOKING_STEPS).map((name) => `\`${name}\``);

const step = z.strictObject({
  name: z.string().meta({
    description: `${stepNames.join(', ')}, and \`undo\` with one of them behind it; where it waited, what it did meanwhile.`,
  }),
  status: z
    .enum(['pending', 'running', 'done', 'failed', 'unknown'])
    .meta({ description: '`unknown`: it failed, and may have had its effect all the same.' }),
  attempts: z.int().min(0),
  startedAt: time,
  endedAt: time,
  code: z.string().nullable().meta({ description: 'Why the last attempt failed; null where it did not.' }),
});

const move = z.strictObject({
  move: z.enum(['cancel', 'retry', 'pause', 'resume', 'resolve']),
  by: z.string().meta({ description: 'The id in ACCESS_FILE, or `operator` for OPERATOR_TOKEN.' }),
  at: z.iso.datetime(),
  reason: z.string().nullable(),
  step: z.string().optional(),
  as: z.enum(['done', 'undone']).optional(),
});

export const bookingReply = z.strictObject({
  id: z.uuid(),
  status: bookingStatus,
  name: z.string(),
  doctor: z.string(),
  date: z.string(),
  card: z
    .string()
    .regex(/^•••• \d{4}$/)
    .nullable()
    .meta({ description: 'Null where it is paid with a token.' }),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  reply: z
    .union([confirmationReply, failureReply, z.null()])
    .meta({ description: 'The body that the client gets, or got; null while there is no outcome.' }),
  steps: z.array(step),
  reason: z.string().optional().meta({
    description: 'Only while it is stuck: why, as a code with the step behind it, such as `step_unknown: pay`.',
  }),
  next_action: z
    .strictObject({ type: z.literal('redirect'), url: z.url() })
    .optional()
    .meta({ description: 'Only while it waits for the cardholder: where the payment is confirmed.' }),
  history: z.array(move).optional().meta({ description: 'Only for operators: who moved it by hand, when and why.' }),
});

export const bookingsReply = z.strictObject({ items: z.array(bookingReply), nextCursor: z.uuid().nullable() });

/** What became of each booking that was to be retried. */
export const retriesReply = z.strictObject({
  items: z.array(z.strictObject({ id: z.string(), code: z.string().nullable() })),
  more: z.boolean(),
});
