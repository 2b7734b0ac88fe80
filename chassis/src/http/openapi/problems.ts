import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import type { ProblemDescription } from '../define-problem.ts';
import { internalError, invalidHost } from '../problem-kinds.ts';
import { replyHeader } from './headers.ts';

/** What no route declares, because the response comes before there is a route, or where there is none. */
export const outsideOfRoutes: Readonly<Record<string, ProblemDescription>> = {
  InvalidHost: invalidHost,
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
    when: 'The service knows no such method.',
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
