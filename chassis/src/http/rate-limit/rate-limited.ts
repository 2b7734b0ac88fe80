import { defineProblem } from '../define-problem.ts';
import { replyHeader } from '../openapi/headers.ts';
import type { Problem } from '../problem.ts';
import type { Allowance } from './rate-limiter.ts';

/** What replies of limited routes say of the rate. */
export const rateLimitReplyHeaders = {
  RateLimit: replyHeader.rateLimit,
  'RateLimit-Policy': replyHeader.rateLimitPolicy,
};

/** The refusal of what is over a rate. */
export const rateLimited = defineProblem({
  status: 429,
  code: 'rate_limited',
  when: 'Too many requests of one client, or too many wrong tokens from one address. Nothing was begun.',
  headers: { ...rateLimitReplyHeaders, 'Retry-After': replyHeader.retryAfter },
});

/** The headers that tell a client what is left, by draft-ietf-httpapi-ratelimit-headers-10. */
export const rateLimitHeaders = ({ name, rate, remaining, resetSeconds }: Allowance): Record<string, string> => ({
  ratelimit: `"${name}";r=${remaining};t=${resetSeconds}`,
  'ratelimit-policy': `"${name}";q=${rate.quota};w=${rate.windowSeconds}`,
});

/** @returns the refusal to throw, with when to come again */
export function refusalOf(allowance: Allowance, detail?: string): Problem {
  const retryAfter = { 'retry-after': String(allowance.resetSeconds) };
  return rateLimited({ ...(detail && { detail }), headers: { ...rateLimitHeaders(allowance), ...retryAfter } });
}
