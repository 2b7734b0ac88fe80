import { z } from 'zod';

/** The headers that every request may carry. Ill-formed ones count as absent. */
export const contextHeaders = {
  'X-Request-Id': z.string().optional().meta({
    description: 'Names the request in logs and is passed on; 1 to 128 of the characters `A-Za-z0-9_.:@/+-`.',
  }),
  'X-Call-Id': z.string().optional().meta({
    description: 'Names this one call, of the same characters, and is returned: its caller knows the response by it.',
  }),
  traceparent: z.string().optional().meta({ description: 'The trace to continue, as in W3C Trace Context.' }),
};

/** Makes a request safe to retry. */
export const idempotencyKeyHeader = {
  'Idempotency-Key': z
    .string()
    .optional()
    .meta({
      pattern: '^(?:[\\x21\\x23-\\x7e][\\x21-\\x7e]{0,254}|"[\\x21-\\x7e]{1,255}")$',
      description:
        'Names the request, bare or quoted: 1 to 255 visible ASCII characters. A retry with the same key and the same ' +
        'request gets the first reply, byte for byte, and has no further side effect; a new attempt after a failure takes ' +
        'a new key. Keys are kept for at least 24 hours.',
    }),
};

/** The headers of replies, by purpose. A reply that has one only sometimes makes it `optional()`. */
export const replyHeader = {
  requestId: z.string().meta({
    pattern: '^[\\w.:@/+-]{1,128}$',
    description: "The request's id: the one that was sent, or the trace id.",
  }),
  callId: z.string().optional().meta({
    pattern: '^[\\w.:@/+-]{1,128}$',
    description: 'The `X-Call-Id` that was sent.',
  }),
  location: z.string().meta({ description: 'The path of the resource that the request made.' }),
  idempotentReplayed: z
    .literal('true')
    .meta({ description: 'Present where this is the reply to an earlier request with the same Idempotency-Key.' }),
  retryAfter: z.string().meta({ pattern: '^\\d+$', description: 'After how many seconds to retry.' }),
  allow: z.string().meta({ description: 'The methods of this path.' }),
  authenticate: z.literal('Bearer').meta({ description: 'How to sign in, as in RFC 6750.' }),
  preferenceApplied: z.literal('respond-async').meta({ description: 'The preference that was honoured, RFC 7240.' }),
  rateLimit: z.string().meta({
    pattern: '^"[a-z-]+";r=\\d+;t=\\d+$',
    description:
      'What is left for this client (`r`), and in how many seconds there is more (`t`); draft-ietf-httpapi-ratelimit-headers.',
  }),
  rateLimitPolicy: z.string().meta({
    pattern: '^"[a-z-]+";q=\\d+;w=\\d+$',
    description: 'How many requests (`q`) one client may send in how many seconds (`w`).',
  }),
  etag: z.string().meta({ description: 'Changes with the content.' }),
  cacheControl: z.string().meta({ description: 'How long the reply may be kept.' }),
};

/** What every reply has. */
export const everyReplyHeaders = {
  'X-Request-Id': replyHeader.requestId,
  'X-Call-Id': replyHeader.callId,
  'Cache-Control': replyHeader.cacheControl,
};
