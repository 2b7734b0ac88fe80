import { StoreUnavailable } from 'durable-store';
import { defineProblem } from './define-problem.ts';
import { replyHeader } from './openapi/headers.ts';
import { Problem } from './problem.ts';

/** The largest body that a route reads. */
export const BODY_LIMIT_BYTES = 16 * 1024;

/** The refusal of a request whose Host is not clear. */
export const invalidHost = defineProblem({
  status: 400,
  code: 'invalid_host',
  detail: 'The request does not have exactly one Host, or has one that is no host.',
});

export const malformedJson = defineProblem({
  status: 400,
  code: 'malformed_json',
  detail: 'The body is not a JSON object, or has a member that is called __proto__.',
});

/** The refusal of a body, path or query that does not fit. */
export const invalidInput = defineProblem({
  status: 400,
  code: 'invalid_input',
  when: 'The request does not fit; `errors` says where and why.',
  detail: 'The request does not fit; errors says where and why.',
});

export const bodyTooLarge = defineProblem({
  status: 413,
  code: 'body_too_large',
  when: 'The body is larger than 16 KiB.',
  detail: `The body is larger than ${BODY_LIMIT_BYTES} bytes.`,
});

export const unsupportedMediaType = defineProblem({
  status: 415,
  code: 'unsupported_media_type',
  when: 'The body is not application/json, or has an encoding that is not read here.',
  detail: 'Send the request as application/json in UTF-8.',
});

/** The refusal of a caller without the token that a route asks for. */
export const unauthorized = defineProblem({
  status: 401,
  code: 'unauthorized',
  when: 'The token is missing or is another one.',
  headers: { 'WWW-Authenticate': replyHeader.authenticate },
});

/** What any route responds with when the service itself is broken. */
export const internalError = defineProblem({
  status: 500,
  code: 'internal_error',
  when: 'The service failed; its log has more under the trace id.',
  detail: 'The service failed. The log has more under the trace id.',
});

/** What a route that needs the store responds with where the store does not do its part. */
export const storeUnavailable = defineProblem({
  status: 503,
  code: 'store_unavailable',
  when: "The service's own store does not respond, takes no writes or has no room.",
  retryAfter: 1,
});

export const draining = defineProblem({ status: 503, code: 'draining', detail: 'The service is shutting down.' });

export const notReady = defineProblem({
  status: 503,
  code: 'not_ready',
  detail: 'The service cannot work with its store.',
});

/** @returns the problem that a client sees of an error; undefined where it may see nothing of it */
export function problemOf(error: unknown): Problem | undefined {
  if (!(error instanceof StoreUnavailable)) return error instanceof Problem ? error : undefined;
  return storeUnavailable({ detail: error.message, cause: error });
}
