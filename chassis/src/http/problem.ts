import { STATUS_CODES } from 'node:http';
import { requestContext } from '../telemetry/request-context.ts';

/** One thing that is wrong with an input: where (RFC 6901 JSON pointer, or a header's or parameter's name) and what. */
export interface FieldError {
  pointer: string;
  message: string;
}

export interface ProblemOptions {
  /** One sentence for this occurrence; must not echo a value that the client sent. */
  detail?: string;
  errors?: readonly FieldError[];
  /** Further members of the document. */
  extensions?: Record<string, unknown>;
  headers?: Record<string, string>;
  cause?: unknown;
}

/** An error that a client may see, rendered as RFC 9457 problem details. `code` is stable, for programs to act on. */
export class Problem extends Error {
  override name = 'Problem';
  readonly status: number;
  readonly code: string;
  readonly errors: readonly FieldError[] | undefined;
  readonly extensions: Record<string, unknown>;
  readonly headers: Record<string, string>;

  constructor(status: number, code: string, { detail, errors, extensions, headers, cause }: ProblemOptions = {}) {
    super(detail ?? STATUS_CODES[status] ?? code, { cause });
    this.status = status;
    this.code = code;
    this.errors = errors;
    this.extensions = extensions ?? {};
    this.headers = headers ?? {};
  }
}

/** The media type of a problem document, RFC 9457 section 3. */
export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/**
 * The document for a problem. `type` is `about:blank`, for which RFC 9457 asks that `title` be the status phrase;
 * programs go by `code`.
 *
 * @param instance the path of the request
 */
export function problemDocument(problem: Problem, instance: string): Record<string, unknown> {
  return {
    type: 'about:blank',
    title: STATUS_CODES[problem.status] ?? 'Error',
    status: problem.status,
    detail: problem.message,
    instance,
    code: problem.code,
    traceId: requestContext()?.traceId,
    ...(problem.errors && { errors: problem.errors }),
    ...problem.extensions,
  };
}
