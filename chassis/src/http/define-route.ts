import type Router from '@koa/router';
import type { Context, Middleware } from 'koa';
import type { z } from 'zod';
import { type IdempotencyState, idempotencyKey } from '../idempotency/idempotency-key.ts';
import { labelRequest } from '../telemetry/request-context.ts';
import type { ProblemDescription } from './define-problem.ts';
import { jsonBody } from './middleware/json-body.ts';
import { parseInput, validate } from './middleware/validate.ts';
import { deriveDescription } from './openapi/derive-description.ts';
import type { BodyExample, RouteDescription } from './openapi/route-description.ts';
import { mayBeMissing } from './optional-body.ts';
import { type Reply, sendReply } from './reply.ts';

type Nothing = z.ZodObject<Record<never, never>>;

/** Who may call a route and how often, and how it refuses the others. */
export interface RouteGuard {
  /** The name of the security scheme; none where no token is asked for. */
  scheme?: string | undefined;
  middleware: Middleware;
  problems: readonly ProblemDescription[];
  /** What it adds to every reply that it lets through. */
  replyHeaders?: z.ZodRawShape;
}

/** What a handler gets: the input, parsed. */
export interface RouteRequest<Params extends z.ZodObject, Query extends z.ZodObject, Body extends z.ZodType> {
  params: z.output<Params>;
  query: z.output<Query>;
  body: z.output<Body>;
}

/** What a route is: enough to mount it, and to describe it. */
export interface RouteDeclaration<
  Params extends z.ZodObject,
  Query extends z.ZodObject,
  Body extends z.ZodType,
  Idempotency,
> extends Omit<RouteDescription, 'params' | 'query' | 'body' | 'security'> {
  params?: Params;
  query?: Query;
  body?: { schema: Body; examples: Record<string, BodyExample> };
  guard?: RouteGuard;
  /**
   * Makes the route take an `Idempotency-Key`: what of the body makes one request differ from another, without anything
   * that must not be kept.
   */
  idempotent?: ((body: z.output<Body>) => unknown) & Idempotency;
  /** Returns the reply, or nothing where it has responded by itself. */
  handler: (
    request: RouteRequest<Params, Query, Body> & (Idempotency extends object ? IdempotencyState : unknown),
    ctx: Context,
  ) => Promise<Reply | undefined> | Reply | undefined;
}

/** A route of a service, which its document describes. */
export interface Route {
  description: RouteDescription;
  mount(router: Router): void;
}

/**
 * Declares a route once. What follows from its parts is derived: with a body it reads, validates and refuses bodies, with
 * `idempotent` it takes keys, and its document says so.
 *
 * @returns the description for the document, and what mounts the route
 */
export function defineRoute<
  Params extends z.ZodObject = Nothing,
  Query extends z.ZodObject = Nothing,
  Body extends z.ZodType = z.ZodUndefined,
  Idempotency = unknown,
>(declaration: RouteDeclaration<Params, Query, Body, Idempotency>): Route {
  const { method, path } = declaration;
  return {
    description: deriveDescription(declaration),
    mount: (router) => void router.register(path, [method], pipelineOf(declaration)),
  };
}

function pipelineOf<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType, Idempotency>({
  guard,
  params,
  query,
  body,
  idempotent,
  handler,
}: RouteDeclaration<P, Q, B, Idempotency>): Middleware[] {
  const parsed = (ctx: Context) => ({
    ...ctx.state,
    params: params && readParams(params, ctx.params),
    query: query && parseInput(query, ctx.query),
    body: ctx.state.input,
  });
  return [
    ...(guard ? [guard.middleware] : []),
    ...(body ? [jsonBody(mayBeMissing(body.schema)), validate(body.schema)] : []),
    ...(idempotent ? [idempotencyKey(idempotent)] : []),
    async function handle(ctx: Context) {
      const reply = await handler(parsed(ctx) as unknown as Parameters<typeof handler>[0], ctx);
      if (reply) sendReply(ctx, reply);
    },
  ] as Middleware[];
}

/** A caller's reference names the request's log lines, as its `Idempotency-Key` did. */
function readParams(schema: z.ZodObject, params: unknown): Record<string, unknown> {
  const input = parseInput(schema, params);
  if (typeof input.reference === 'string') labelRequest('reference', input.reference);
  return input;
}
