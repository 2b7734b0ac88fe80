import type { z } from 'zod';
import { replyHeader } from './openapi/headers.ts';
import { type FieldError, Problem, type ProblemOptions } from './problem.ts';

/** One way in which a route refuses, or fails, as its document has it. */
export interface ProblemDescription {
  status: number;
  code: string;
  /** When the route responds with this. */
  when: string;
  /** Where the document says in `errors` what is wrong with the input: an example. */
  errors?: FieldError;
  /** Further members of the document. */
  extensions?: z.ZodRawShape;
  headers?: z.ZodRawShape;
}

/** A problem that a document has, and that makes the errors to throw. */
export interface ProblemKind extends ProblemDescription {
  (options?: ProblemOptions): Problem;
}

export interface ProblemDefinition extends Omit<ProblemDescription, 'when'> {
  /** `detail` when left out. */
  when?: string;
  /** What a client is told unless the error says more; `when` when left out. */
  detail?: string;
  /** After how many seconds to retry. */
  retryAfter?: number;
}

/**
 * Defines a problem once, for the document and for the code that throws it.
 *
 * @returns the description, which makes a `Problem` when it is called
 */
export function defineProblem({ detail, retryAfter, ...definition }: ProblemDefinition): ProblemKind {
  const { status, code, when = detail ?? code, errors, headers } = definition;
  const sent = retryAfter === undefined ? undefined : { 'retry-after': String(retryAfter) };
  const known = { detail: detail ?? when, ...(errors && { errors: [errors] }) };
  const make = (options: ProblemOptions = {}) =>
    new Problem(status, code, { ...known, ...options, headers: { ...sent, ...options.headers } });
  const documented = { ...headers, ...(sent && { 'Retry-After': replyHeader.retryAfter }) };
  return Object.assign(make, definition, { when, ...(Object.keys(documented).length > 0 && { headers: documented }) });
}
