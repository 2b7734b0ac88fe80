import { Problem } from './problem.ts';

/** What a request gets when the store does not answer. */
export function storeUnavailable(cause: unknown): Problem {
  return new Problem(503, 'store_unavailable', {
    detail: 'The store does not answer.',
    headers: { 'retry-after': '1' },
    cause,
  });
}
