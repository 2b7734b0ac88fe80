import { z } from 'zod';
import { declineCode } from '../reply-schema.ts';

/** The body of an event; one of another type is taken and has no effect. */
export const gatewayEvent = z.object({
  type: z
    .string()
    .max(100)
    .meta({ description: '`charge.settled`, `charge.declined`, or another that has no effect.' }),
  data: z.object({ reference: z.string().max(255), declineCode: declineCode.optional() }),
});

export type GatewayEvent = z.output<typeof gatewayEvent>;
