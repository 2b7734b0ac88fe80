import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import type { FieldError } from '../problem.ts';
import { replyHeader } from './headers.ts';

/** One way in which a route refuses, or fails. */
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

/** The refusal of a route whose body, path or query is validated; with an example of what may be wrong. */
export function invalidInput(pointer: string, message: string): ProblemDescription {
  const when = 'The request does not fit; `errors` says where and why.';
  return { status: 400, code: 'invalid_input', when, errors: { pointer, message } };
}

/** The refusals of a route with a JSON body. */
export const bodyProblems: readonly ProblemDescription[] = [
  { status: 400, code: 'malformed_json', when: 'The body is not a JSON object.' },
  invalidInput('/name', 'must not be empty'),
  { status: 413, code: 'body_too_large', when: 'The body is larger than 16 KiB.' },
  {
    status: 415,
    code: 'unsupported_media_type',
    when: 'The body is not application/json, or has an encoding that is not read here.',
  },
];

/** The refusals of a route that takes an Idempotency-Key. */
export const idempotencyProblems: readonly ProblemDescription[] = [
  {
    status: 400,
    code: 'invalid_idempotency_key',
    when: 'The Idempotency-Key is not acceptable.',
    errors: { pointer: 'Idempotency-Key', message: 'must have 1 to 255 visible ASCII characters' },
  },
  {
    status: 409,
    code: 'request_in_progress',
    when: 'The first request with this Idempotency-Key is still being worked on.',
    headers: { 'Retry-After': replyHeader.retryAfter },
  },
  { status: 422, code: 'idempotency_key_reused', when: 'This Idempotency-Key came with another request before.' },
];

/** The refusal of a caller without the token that a route asks for. */
export const unauthorized: ProblemDescription = {
  status: 401,
  code: 'unauthorized',
  when: 'The token is missing or is another one.',
  headers: { 'WWW-Authenticate': replyHeader.authenticate },
};

/** What any route responds with when the service itself is broken. */
export const internalError: ProblemDescription = {
  status: 500,
  code: 'internal_error',
  when: 'The service failed; its log has more under the trace id.',
};

/** What no route declares, because it is the response where there is no route. */
export const outsideOfRoutes: Readonly<Record<string, ProblemDescription>> = {
  NotFound: { status: 404, code: 'not_found', when: 'No route has this path.' },
  MethodNotAllowed: {
    status: 405,
    code: 'method_not_allowed',
    when: 'The path has no such method.',
    headers: { Allow: replyHeader.allow },
  },
  MethodNotImplemented: {
    status: 501,
    code: 'method_not_implemented',
    when: 'No route has such a method.',
    headers: { Allow: replyHeader.allow.optional() },
  },
};

const TRACE_ID = /^[0-9a-f]{32}$/;
const fieldErrors = z.array(z.strictObject({ pointer: z.string(), message: z.string() })).min(1);

/** The schema of a route's problem documents under the one status that these have. */
export function problemSchema(problems: readonly ProblemDescription[]) {
  const [{ status } = internalError] = problems;
  return z.strictObject({
    type: z.literal('about:blank'),
    title: z.literal(titleOf(status)),
    status: z.literal(status),
    detail: z.string().min(1),
    instance: z.string().meta({ description: 'The pattern of the route that the path fits.' }),
    code: z.enum(problems.map(({ code }) => code)),
    traceId: z.string().regex(TRACE_ID),
    ...mergeExtensions(problems),
  });
}

/** Of several problems, what one has in particular is there only sometimes. */
function mergeExtensions(problems: readonly ProblemDescription[]): z.ZodRawShape {
  const own = problems.map(({ errors, extensions }) => ({ ...(errors && { errors: fieldErrors }), ...extensions }));
  const all: z.ZodRawShape = Object.assign({}, ...own);
  return own.length === 1 ? all : z.object(all).partial().shape;
}

/** An example document for each of the problems. */
export function problemExamples(problems: readonly ProblemDescription[], instance: string) {
  return Object.fromEntries(
    problems.map((problem) => [problem.code, { summary: problem.when, value: exampleOf(problem, instance) }]),
  );
}

function exampleOf({ status, code, when, errors, extensions = {} }: ProblemDescription, instance: string) {
  const more = Object.entries(extensions).map(([name, schema]) => [name, (schema as z.ZodType).meta()?.examples]);
  return {
    type: 'about:blank',
    title: titleOf(status),
    status,
    detail: when,
    instance,
    code,
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    ...(errors && { errors: [errors] }),
    ...Object.fromEntries(more.map(([name, examples]) => [name, (examples as unknown[] | undefined)?.[0]])),
  };
}

const titleOf = (status: number) => STATUS_CODES[status] ?? 'Error';
