import { defineRoute, jsonReply, type Route, type RouteGuard } from '@appointments/chassis';
import { NotPossible, SagaNotFound, type Sagas } from 'durable-saga';
import { z } from 'zod';
import type { AppointmentTables } from './booking-store.ts';
import { PAYMENT_DECIDED } from './cardholder.ts';
import { BOOKING } from './examples.ts';
import { bookingNotFound } from './problems.ts';

const notice = z.object({ payment_status: z.enum(['settled', 'declined', 'voided', 'refunded']) });
const params = z.object({
  id: z.string().meta({ description: "The booking's id, which is the payment's reference." }),
});

/**
 * Where the payment service says that a payment is decided. The notice only wakes the booking, which then asks what was
 * decided: a notice that comes twice, late or from somebody else does no harm.
 */
export function paymentNoticeRoute(signal: Sagas<AppointmentTables>['signal'], guard: RouteGuard | undefined): Route {
  async function wake(id: string, status: string): Promise<void> {
    try {
      await signal(id, PAYMENT_DECIDED, null, { dedupeKey: status });
    } catch (error) {
      if (error instanceof SagaNotFound) throw bookingNotFound({ cause: error });
      // A booking that has ended waits for nothing.
      if (!(error instanceof NotPossible)) throw error;
    }
  }

  return defineRoute({
    method: 'put',
    path: '/payment-notices/:id',
    operationId: 'noticePayment',
    tag: 'Services',
    summary: 'Say that a payment which waited for its cardholder is decided',
    description: 'For the payment service. The booking asks what was decided. Idempotent.',
    ...(guard && { guard }),
    params,
    examples: { id: BOOKING.id },
    body: {
      schema: notice,
      examples: { settled: { summary: 'It is settled', value: { payment_status: 'settled' }, status: 200 } },
    },
    replies: { 200: { description: 'The booking knows.', schema: notice, example: { payment_status: 'settled' } } },
    problems: [bookingNotFound],
    async handler({ params: { id }, body }) {
      await wake(id, body.payment_status);
      return jsonReply(200, body);
    },
  });
}
