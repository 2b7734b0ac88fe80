import { z } from 'zod';
import type { AuditedStore } from '../scripts/audited-stores.ts';

const schema = z.object({
  reference: z.string(),
  payment_id: z.string().nullish(),
  payment_status: z.string(),
  amount: z.string().nullish(),
});

export type Payment = z.output<typeof schema>;

/** How the payments are audited. */
export const audit: AuditedStore<Payment> = {
  step: 'pay',
  path: '/payment/payments',
  schema,
  row: 'payment',
  live: 'settled payment',
  isLive: ({ payment_status }) => payment_status === 'settled',
  idInReply: 'payment_id',
};
