import { textField } from '@appointments/chassis';
import { z } from 'zod';
import { mapKeepers } from '../peers.ts';
import { holdsName } from './redact-booking.ts';

/** Whose name is erased, and why. */
export const erasureBody = z
  .object({
    name: textField(100).meta({ description: "The patient's name, in any case." }),
    reason: textField(500).meta({ description: 'Why, without the name; kept with the erasure.' }),
  })
  .superRefine(({ name, reason }, context) => {
    if (!holdsName(reason, name)) return;
    context.addIssue({ code: 'custom', path: ['reason'], message: 'must not contain the name, because it is kept' });
  });

const count = z.int().min(0);

export const erasureReply = z.strictObject({
  id: z.string(),
  status: z.enum(['running', 'done']),
  by: z.string().meta({ description: 'The id in ACCESS_FILE, or `operator` for OPERATOR_TOKEN.' }),
  reason: z.string(),
  createdAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  erased: z
    .strictObject({ appointment: count, ...mapKeepers(() => count) })
    .nullable()
    .meta({
      description:
        'How many there were in each store, such as bookings, appointments and payments; null until it is done.',
    }),
  remaining: count.nullable().meta({ description: 'Bookings that have the name because they had not ended.' }),
  waitsFor: z.string().nullable().meta({ description: 'Why its last step failed, which is retried.' }),
});

export const erasuresReply = z.strictObject({ items: z.array(erasureReply), nextCursor: z.string().nullable() });

export const erasuresQuery = z.object({
  limit: z.coerce.number('must be a number').int().min(1).max(200).default(50),
  cursor: z
    .string()
    .regex(/^erasure_[0-9a-f-]{36}$/, 'must be a cursor from an earlier page')
    .optional(),
});

/** One that is done. */
export const ERASURE: z.output<typeof erasureReply> = {
  id: 'erasure_01998f0e-6c1c-7d3a-8a52-0d6c8f0b7e11',
  status: 'done',
  by: 'operator',
  reason: 'Asked for it by letter of the 3rd.',
  createdAt: '2026-11-22T09:00:00.000Z',
  endedAt: '2026-11-22T09:00:00.180Z',
  erased: { appointment: 3, ...mapKeepers(() => 3), payment: 2 },
  remaining: 0,
  waitsFor: null,
};
