import { Problem } from '@appointments/chassis';
import type { Middleware } from 'koa';

/** What `formBody` leaves for the handler. */
export interface FormState {
  form: URLSearchParams;
}

const MAX_BYTES = 4 * 1024;
const FORM_TYPE = 'application/x-www-form-urlencoded';

/**
 * Reads a form of at most 4 KiB.
 *
 * @throws Problem 413 `body_too_large`, 415 `unsupported_media_type`
 */
export function formBody(): Middleware<FormState> {
  return async function formBody(ctx, next) {
    if (!ctx.is(FORM_TYPE))
      throw new Problem(415, 'unsupported_media_type', { detail: `Send a form as ${FORM_TYPE}.` });
    const chunks: Buffer[] = [];
    let size = 0;
    // Read to its end in any case: a body left half read spoils the connection for the requests after it.
    for await (const chunk of ctx.req as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size <= MAX_BYTES) chunks.push(chunk);
    }
    if (size > MAX_BYTES) throw new Problem(413, 'body_too_large', { detail: 'The form is too large.' });
    ctx.state.form = new URLSearchParams(Buffer.concat(chunks).toString());
    await next();
  };
}
