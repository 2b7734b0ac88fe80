import { defineProblem } from '@appointments/chassis';
import { declineCode } from './reply-schema.ts';

export const cardDeclined = defineProblem({
  status: 402,
  code: 'card_declined',
  when: 'The card was declined; `declineCode` says why.',
  detail: 'The card was declined.',
  extensions: { declineCode },
});

export const processingError = defineProblem({
  status: 402,
  code: 'processing_error',
  detail: 'The gateway could not process the charge; nothing was kept.',
});

export const voided = defineProblem({
  status: 409,
  code: 'voided',
  detail: 'This reference was refunded or voided before.',
});

export const paymentNotFound = defineProblem({
  status: 404,
  code: 'payment_not_found',
  detail: 'Nothing is known of this reference.',
});

export const paymentUndecided = defineProblem({
  status: 404,
  code: 'payment_undecided',
  detail: 'The gateway has not decided on this payment yet.',
});

/** The gateway sends no usable response: the outcome is not known, and the same request may be retried. */
export const gatewayUnavailable = defineProblem({
  status: 503,
  code: 'gateway_unavailable',
  detail: 'The payment gateway does not respond; retry with the same Idempotency-Key.',
  retryAfter: 1,
});
