import type { Middleware } from 'koa';
import bodyParser from 'koa-bodyparser';
import { isMediaType } from '../media-type.ts';
import { bodyTooLarge, unsupportedMediaType } from '../problem-kinds.ts';
import { bodyProblem } from './json-body.ts';

/** What `formBody` leaves for the handler. */
export interface FormState {
  /** The fields by name; of a field that comes twice, the first. */
  form: Readonly<Record<string, string>>;
}

const LIMIT_BYTES = 4 * 1024;
const FORM_TYPE = 'application/x-www-form-urlencoded';
// A field is a text under its name: `a[b]` and `a.b` are names like any other.
const FLAT_FIELDS = { allowDots: false, depth: 0, parseArrays: false, duplicates: 'first', plainObjects: true };

/**
 * Reads the form of a page, of at most 4 KiB.
 *
 * @throws Problem 413 `body_too_large`, 415 `unsupported_media_type`, 400 where it is compressed and cannot be read
 */
export function formBody(): Middleware<FormState> {
  // The parser hands all that it does not know to the one for forms; its types do not say so.
  const options: bodyParser.Options & { queryString: typeof FLAT_FIELDS } = {
    enableTypes: ['form'],
    formLimit: `${LIMIT_BYTES}b`,
    queryString: FLAT_FIELDS,
    onerror: (error: Error) => {
      const problem = bodyProblem(error);
      throw problem.status === 413 ? bodyTooLarge({ detail: 'The form is too large.' }) : problem;
    },
  };
  const parse = bodyParser(options);
  return async function formBody(ctx, next) {
    if (!isMediaType(ctx.get('content-type'), FORM_TYPE)) {
      throw unsupportedMediaType({ detail: `Send a form as ${FORM_TYPE}.` });
    }
    await parse(ctx, async () => {
      ctx.state.form = ctx.request.body as FormState['form'];
      await next();
    });
  };
}
