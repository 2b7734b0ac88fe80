import { isUtf8 } from 'node:buffer';
import { brotliDecompressSync, unzipSync } from 'node:zlib';
import type { Context, Middleware } from 'koa';
import bodyParser from 'koa-bodyparser';
import { isMediaType } from '../media-type.ts';
import type { Problem } from '../problem.ts';
import { BODY_LIMIT_BYTES, bodyTooLarge, malformedJson, unsupportedMediaType } from '../problem-kinds.ts';

// What a decoder puts where bytes are no UTF-8. It is also a character that a client may send.
const REPLACEMENT = '\ufffd';

/**
 * Reads a JSON body of at most 16 KiB into `ctx.request.body`.
 *
 * @param mayBeMissing whether a request without a body is let through
 * @throws Problem 400 `malformed_json`, 413 `body_too_large`, 415 `unsupported_media_type`; none of them carries the
 * parser's error, which holds the raw body and with it a card number
 */
export function jsonBody(mayBeMissing = false): Middleware {
  const parse = bodyParser({
    enableTypes: ['json'],
    // Its own look at the media type knows fewer parameters than there are.
    detectJSON: () => true,
    jsonLimit: `${BODY_LIMIT_BYTES}b`,
    onerror: (error: Error) => {
      throw bodyProblem(error);
    },
  });
  return async function jsonBody(ctx, next) {
    if (mayBeMissing && hasNoBody(ctx)) return next();
    // JSON is UTF-8 (RFC 8259); the parser would decode any charset.
    if (!isMediaType(ctx.get('content-type'), 'application/json')) {
      throw unsupportedMediaType();
    }
    const chunks: Buffer[] = [];
    ctx.req.on('data', (chunk: Buffer) => void chunks.push(chunk));
    await parse(ctx, async () => {
      // Accepting other bytes would store what the client did not send.
      if (String(ctx.request.rawBody).includes(REPLACEMENT) && !isUtf8(decoded(ctx, Buffer.concat(chunks)))) {
        throw malformedJson({ detail: 'The body is not UTF-8.' });
      }
      // The request may take long, and none of it needs them.
      chunks.length = 0;
      await next();
    });
  };
}

// RFC 9112 section 6.3.
const hasNoBody = ({ headers }: Context) =>
  headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0;

/** The bytes of a body that has been read, and so is within the limit. */
function decoded(ctx: Context, bytes: Buffer): Buffer {
  const encoding = ctx.get('content-encoding') || 'identity';
  if (encoding === 'identity') return bytes;
  return encoding === 'br' ? brotliDecompressSync(bytes) : unzipSync(bytes);
}

/** The problem that a client sees of a body parser's error. */
export function bodyProblem(error: Error): Problem {
  switch ((error as { status?: number }).status) {
    case 413:
      return bodyTooLarge();
    case 415:
      return unsupportedMediaType({ detail: 'The charset or content encoding is not supported.' });
    default:
      return malformedJson();
  }
}
