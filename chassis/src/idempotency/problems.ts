import { defineProblem } from '../http/define-problem.ts';

const REQUIRED = 'must have 1 to 255 visible ASCII characters';

export const invalidIdempotencyKey = defineProblem({
  status: 400,
  code: 'invalid_idempotency_key',
  when: 'The Idempotency-Key is not acceptable.',
  detail: `Idempotency-Key ${REQUIRED}.`,
  errors: { pointer: 'Idempotency-Key', message: REQUIRED },
});

/** The refusal of a retry while the first request has no reply yet. */
export const requestInProgress = defineProblem({
  status: 409,
  code: 'request_in_progress',
  detail: 'The first request with this Idempotency-Key is still being worked on.',
  retryAfter: 1,
});

/** The refusal of a retry whose reply is no longer kept: it had the name of somebody who was erased. */
export const requestErased = defineProblem({
  status: 410,
  code: 'request_erased',
  detail: 'What was kept of the first request with this Idempotency-Key has been erased.',
});

/** The refusal of a key that came with another request before. */
export const idempotencyKeyReused = defineProblem({
  status: 422,
  code: 'idempotency_key_reused',
  detail: 'This Idempotency-Key came with another request before.',
});
