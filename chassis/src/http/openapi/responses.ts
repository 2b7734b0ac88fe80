import type { ResponseConfig } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import type { ProblemDescription } from '../define-problem.ts';
import { PROBLEM_MEDIA_TYPE } from '../problem.ts';
import { internalError } from '../problem-kinds.ts';
import { everyReplyHeaders } from './headers.ts';
import { problemExamples, problemSchema } from './problems.ts';
import type { ReplyDescription, RouteDescription } from './route-description.ts';

/** Every response of a route, by status. */
export function describeResponses({ path, replies, problems = [] }: RouteDescription): Record<string, ResponseConfig> {
  const refusals = Map.groupBy([...problems, internalError], ({ status }) => String(status));
  const own = new Map(Object.entries(replies));
  const statuses = [...new Set([...own.keys(), ...refusals.keys()])].sort();
  return Object.fromEntries(
    statuses.map((status) => [status, describeResponse(own.get(status), refusals.get(status) ?? [], path)]),
  );
}

/** The response under one status: a reply of the route's own, or problems, or either. */
function describeResponse(
  reply: ReplyDescription | undefined,
  problems: readonly ProblemDescription[],
  path: string,
): ResponseConfig {
  const variants = [...(reply ? [reply.headers ?? {}] : []), ...problems.map(({ headers = {} }) => headers)];
  return {
    description: [reply?.description, ...problems.map(({ code, when }) => `\`${code}\`: ${when}`)]
      .filter((line) => line !== undefined)
      .join('\n\n'),
    headers: z.object({ ...everyReplyHeaders, ...mergeHeaders(variants) }),
    content: {
      ...(reply?.schema && { [reply.mediaType ?? 'application/json']: contentOf(reply.schema, reply.example) }),
      ...(problems.length > 0 && {
        [PROBLEM_MEDIA_TYPE]: {
          schema: problemSchema(problems),
          examples: problemExamples(problems, path),
        },
      }),
    },
  };
}

const contentOf = (schema: z.ZodType, example: unknown) => ({ schema, ...(example !== undefined && { example }) });

/** A header is certain only where every variant has it. */
function mergeHeaders(variants: readonly z.ZodRawShape[]): z.ZodRawShape {
  const all: z.ZodRawShape = Object.assign({}, ...variants);
  return Object.fromEntries(
    Object.entries(all).map(([name, schema]) => {
      const certain = variants.every((headers) => name in headers);
      return [name, certain ? schema : (schema as z.ZodType).optional()];
    }),
  );
}

/** The same for a problem that no route declares. Components are not converted by the generator. */
export function describeOutsideOfRoutes(problem: ProblemDescription) {
  const headers = Object.entries({ ...everyReplyHeaders, ...problem.headers }) as [string, z.ZodType][];
  return {
    description: `\`${problem.code}\`: ${problem.when}`,
    headers: Object.fromEntries(
      headers.map(([name, schema]) => [name, { required: !schema.isOptional(), schema: toJsonSchema(schema) }]),
    ),
    content: {
      [PROBLEM_MEDIA_TYPE]: {
        schema: toJsonSchema(problemSchema([problem])),
        examples: problemExamples([problem], '/'),
      },
    },
  };
}

function toJsonSchema(schema: z.ZodType) {
  const { $schema, ...rest } = z.toJSONSchema(schema);
  return rest as never;
}
