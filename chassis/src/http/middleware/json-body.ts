import type { Middleware } from 'koa';
import bodyParser from 'koa-bodyparser';
import type { Problem } from '../problem.ts';
import { BODY_LIMIT_BYTES, bodyTooLarge, malformedJson, unsupportedMediaType } from '../problem-kinds.ts';

const JSON_IN_UTF8 = /^\s*application\/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?;?\s*$/i;

/**
 * Reads a JSON body of at most 16 KiB into `ctx.request.body`.
 *
 * @throws Problem 400 `malformed_json`, 413 `body_too_large`, 415 `unsupported_media_type`; none of them carries the
 * parser's error, which holds the raw body and with it a card number
 */
export function jsonBody(): Middleware {
  const parse = bodyParser({
    enableTypes: ['json'],
    jsonLimit: `${BODY_LIMIT_BYTES}b`,
    onerror: (error: Error) => {
      throw bodyProblem(error);
    },
  });
  return async function jsonBody(ctx, next) {
    // The parser returns {} for a media type it does not know, and would decode any charset; JSON is UTF-8 (RFC 8259).
    if (!JSON_IN_UTF8.test(ctx.get('content-type'))) {
      throw unsupportedMediaType();
    }
    await parse(ctx, async () => {
      // Invalid UTF-8 is decoded to this character; accepting it would store what the client did not send.
      if (String(ctx.request.rawBody).includes('\ufffd')) throw malformedJson({ detail: 'The body is not UTF-8.' });
      await next();
    });
  };
}

function bodyProblem(error: Error): Problem {
  switch ((error as { status?: number }).status) {
    case 413:
      return bodyTooLarge();
    case 415:
      return unsupportedMediaType({ detail: 'The charset or content encoding is not supported.' });
    default:
      return malformedJson();
  }
}
