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

const nextAction = z.strictObject({ type: z.literal('redirect'), url: z.url() });

/** A payment that waits for its cardholder, or for a gateway that decides later. */
export const waitingReply = z.discriminatedUnion('payment_status', [
  z.strictObject({
    payment_status: z.literal('requires_action'),
    payment_id: paymentId,
    next_action: nextAction,
  }),
  z.strictObject({ payment_status: z.literal('processing'), payment_id: paymentId }),
]);

/** A tombstone, left by a refund that came first, has neither id nor amount nor card. */
export const paymentReply = z.strictObject({
  ...shown,
  payment_status: z.enum(['requires_action', 'settled', 'declined', 'refunded', 'voided']),
  next_action: nextAction.optional(),
  ...known,
});

export const paymentsReply = z.strictObject({
  items: z.array(
    z.strictObject({
      ...shown,
      payment_status: z.enum(['pending', 'requires_action', 'settled', 'declined', 'refunded', 'voided']),
      next_action: nextAction.optional(),
      ...known,
    }),
  ),
  nextCursor: z.string().nullable(),
});

export const gatewayReply = z.strictObject({
  gateway: z.enum(['sandbox', 'http']),
  testCards: z.array(z.strictObject({ number: z.string().regex(/^\d{16}$/), outcome: z.string() })),
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
