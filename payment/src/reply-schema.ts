import { z } from 'zod';

const paymentId = z.uuid();
const shown = {
  reference: z.string(),
  payment_id: paymentId.optional(),
};
const known = {
  amount: z
    .string()
    .regex(/^\d+\.\d{2}$/)
    .optional(),
  card: z
    .string()
    .regex(/^•••• \d{4}$/)
    .optional(),
};

/** The guide's two members. */
export const settlementReply = z.strictObject({ payment_status: z.literal('settled'), payment_id: paymentId });

/** A tombstone, left by a refund that came first, has neither id nor amount nor card. */
export const paymentReply = z.strictObject({
  ...shown,
  payment_status: z.enum(['settled', 'declined', 'refunded', 'voided']),
  ...known,
});

export const paymentsReply = z.strictObject({
  items: z.array(
    z.strictObject({
      ...shown,
      payment_status: z.enum(['pending', 'settled', 'declined', 'refunded', 'voided']),
      ...known,
    }),
  ),
  nextCursor: z.string().nullable(),
});

export const refundReply = z.strictObject({
  reference: z.string(),
  payment_status: z.enum(['refunded', 'voided']),
  payment_id: paymentId.optional(),
});

/** The gateway's own word for why it declined. */
export const declineCode = z
  .string()
  .regex(/^[a-z_]{1,40}$/)
  .meta({ examples: ['insufficient_funds'] });
