import type { z } from 'zod';
import {
  idempotencyKeyReused,
  invalidIdempotencyKey,
  requestErased,
  requestInProgress,
} from '../../idempotency/problems.ts';
import type { ProblemDescription } from '../define-problem.ts';
import { fieldErrors } from '../middleware/validate.ts';
import { givenBody } from '../optional-body.ts';
import { bodyTooLarge, invalidInput, malformedJson, storeUnavailable, unsupportedMediaType } from '../problem-kinds.ts';
import { idempotencyKeyHeader, replyHeader } from './headers.ts';
import type { RouteDescription } from './route-description.ts';

const replayable = { 'Idempotent-Replayed': replyHeader.idempotentReplayed.optional() };

/** The parts of a route that others follow from. */
export interface RouteParts extends Omit<RouteDescription, 'security'> {
  guard?: { scheme: string; problems: readonly ProblemDescription[] };
  idempotent?: unknown;
}

/** What a document says of a route: what was declared, and what follows from it. */
export function deriveDescription({ guard, idempotent, ...route }: RouteParts): RouteDescription {
  const { headers, replies, problems = [] } = route;
  return {
    ...route,
    ...(guard && { security: [{ [guard.scheme]: [] }] }),
    ...(idempotent !== undefined && {
      headers: { ...idempotencyKeyHeader, ...headers },
      replies: mapValues(replies, (reply) => ({ ...reply, headers: { ...reply.headers, ...replayable } })),
    }),
    problems: [
      ...(guard?.problems ?? []),
      ...inputProblems(route),
      ...(idempotent === undefined
        ? []
        : [invalidIdempotencyKey, requestInProgress, requestErased, idempotencyKeyReused]),
      ...(idempotent === undefined ? problems : problems.map(keptForRetries)),
      storeUnavailable,
    ],
  };
}

/** A failure of the service itself is never kept. */
function keptForRetries(problem: ProblemDescription): ProblemDescription {
  return problem.status >= 500 ? problem : { ...problem, headers: { ...problem.headers, ...replayable } };
}

function inputProblems({ params, query, body }: RouteParts): ProblemDescription[] {
  const schemas = [params, query, body?.schema].filter((schema) => schema !== undefined);
  const invalid = schemas.flatMap(misfits);
  return body ? [malformedJson, ...invalid, bodyTooLarge, unsupportedMediaType] : invalid;
}

/** The refusal of an input that does not fit, with an example of what may be wrong; none where every text fits. */
function misfits(schema: z.ZodType): ProblemDescription[] {
  const [errors] = fieldErrors(schema, emptyTexts(schema));
  if (!errors) return [];
  return [{ ...invalidInput, errors }];
}

const emptyTexts = (schema: z.ZodType) => mapValues((givenBody(schema) as z.ZodObject).shape ?? {}, () => '');

function mapValues<Value, Result>(record: Readonly<Record<string, Value>>, map: (value: Value) => Result) {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}
