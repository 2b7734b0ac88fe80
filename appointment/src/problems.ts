import { defineProblem, replyHeader } from '@appointments/chassis';
import { z } from 'zod';

/** What RFC 6750 has a server say of a token that is valid but not for this. */
export const INSUFFICIENT_SCOPE = 'Bearer error="insufficient_scope"';

export const bookingNotFound = defineProblem({
  status: 404,
  code: 'booking_not_found',
  detail: 'There is no booking with that id.',
});

export const bookingNotConfirmed = defineProblem({
  status: 409,
  code: 'booking_not_confirmed',
  detail: 'Only a booking that is confirmed, or stuck, waiting or paused before its outcome, can be cancelled.',
});

export const bookingNotStuck = defineProblem({
  status: 409,
  code: 'booking_not_stuck',
  detail: 'Only a stuck booking can be retried.',
});

export const bookingEnded = defineProblem({
  status: 409,
  code: 'booking_ended',
  detail: 'The booking has ended.',
});

export const bookingNotPaused = defineProblem({
  status: 409,
  code: 'booking_not_paused',
  detail: 'Only a paused booking can be resumed.',
});

export const stepNotOpen = defineProblem({
  status: 409,
  code: 'step_not_open',
  detail: 'The booking has no such step to be settled, or is neither stuck nor paused and still tries it.',
});

export const erasureNotFound = defineProblem({
  status: 404,
  code: 'erasure_not_found',
  detail: 'There is no erasure with that id.',
});

export const overloaded = defineProblem({
  status: 503,
  code: 'overloaded',
  when: 'Too much is in flight. Nothing was begun.',
  detail: 'Too much is in flight. Nothing was begun; try again in a moment.',
  retryAfter: 1,
});

export const forbidden = defineProblem({
  status: 403,
  code: 'forbidden',
  when: 'The token is valid, but not for this.',
  detail: 'The token is valid, but not for this.',
  headers: { 'WWW-Authenticate': z.literal(INSUFFICIENT_SCOPE) },
});

export const operatorTokenNotSet = defineProblem({
  status: 403,
  code: 'operator_token_not_set',
  when: 'The service is run without OPERATOR_TOKEN.',
  detail: 'Set OPERATOR_TOKEN to open the operator routes.',
});

export const outcomeUnknown = defineProblem({
  status: 503,
  code: 'outcome_unknown',
  when:
    'The deadline has passed, and the store has not said how the booking ends. It may still end either way: `Location` ' +
    'shows which once it has, and a retry with the same Idempotency-Key gets the reply.',
  detail: 'The outcome is not known yet. The booking at Location shows it once it is.',
  headers: { Location: replyHeader.location },
  retryAfter: 2,
});
