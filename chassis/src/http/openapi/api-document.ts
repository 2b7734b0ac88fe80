import { OpenAPIRegistry, OpenApiGeneratorV31, type RouteConfig } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import type { Route } from '../define-route.ts';
import { givenBody, mayBeMissing } from '../optional-body.ts';
import { unauthorized } from '../problem-kinds.ts';
import { contextHeaders } from './headers.ts';
import { outsideOfRoutes } from './problems.ts';
import { describeOutsideOfRoutes, describeResponses } from './responses.ts';
import type { RouteDescription } from './route-description.ts';

/** A service as its document has it. */
export interface ApiDescription {
  title: string;
  description: string;
  /** What each bearer token is for, by the name of its security scheme. */
  tokens: Readonly<Record<string, string>>;
  /** The scheme that guards everything but health and metrics, where the service is run with that token. */
  guard?: string;
  routes: readonly Route[];
}

export type ApiDocument = ReturnType<OpenApiGeneratorV31['generateDocument']>;

const VERSION = '1.0.0';

const EVERY_ROUTE = `
- A path that has GET has HEAD, without the body; the response to OPTIONS has \`Allow\`.
- The response is 404 for a path that no route has, 405 with \`Allow\` for a method that the path does not have, and 501
  for a method that the service does not know. A request that does not have exactly one Host gets 400. \`components.responses\` has
  these.
- What cannot be read as HTTP is refused without a body: 400, 408 when it comes too slowly, 417 for an \`Expect\` other
  than \`100-continue\`, 431 when its headers are larger than 8 KiB.`;

/**
 * The OpenAPI 3.1 document of a service, made from the schemas that validate its requests and the ones that its replies
 * fit.
 *
 * @param open routes that no token guards
 */
export function createApiDocument(api: ApiDescription, open: readonly Route[]): ApiDocument {
  const { title, description, tokens, guard, routes } = api;
  const registry = new OpenAPIRegistry();
  for (const [name, purpose] of Object.entries(tokens)) {
    registry.registerComponent('securitySchemes', name, { type: 'http', scheme: 'bearer', description: purpose });
  }
  for (const { description: route } of routes) {
    registry.registerPath(toRouteConfig(guard && !route.open ? guarded(route, guard) : route));
  }
  for (const { description: route } of open) registry.registerPath(toRouteConfig(route));
  for (const [name, problem] of Object.entries({ ...outsideOfRoutes, ...(guard && { Unauthorized: unauthorized }) })) {
    registry.registerComponent('responses', name, describeOutsideOfRoutes(problem));
  }
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.1',
    info: { title, version: VERSION, description: `${description.trim()}\n${EVERY_ROUTE}` },
    servers: [{ url: '/' }],
  });
}

/** The empty alternative says that no token is asked for where the service runs without one. */
function guarded(route: RouteDescription, guard: string): RouteDescription {
  return { ...route, security: [{ [guard]: [] }, {}], problems: [...(route.problems ?? []), unauthorized] };
}

function toRouteConfig(route: RouteDescription): RouteConfig {
  const { method, path, operationId, tag, summary, description, security = [] } = route;
  return {
    method,
    path: path.replaceAll(/:(\w+)/g, '{$1}'),
    operationId,
    tags: [tag],
    summary,
    ...(description && { description: description.trim() }),
    // An empty list says of a route that it is open; without one a document says nothing of it.
    security: [...security],
    request: describeRequest(route),
    responses: describeResponses(route),
  };
}

function describeRequest({
  params,
  query,
  headers,
  body,
  examples = {},
}: RouteDescription): NonNullable<RouteConfig['request']> {
  return {
    ...(params && { params: withExamples(params, examples) }),
    ...(query && { query: withExamples(query, examples) }),
    headers: withExamples(z.object({ ...headers, ...contextHeaders }), examples),
    ...(body && {
      body: { required: !mayBeMissing(body.schema), content: { 'application/json': describeBody(body) } },
    }),
  };
}

function describeBody({ schema, examples }: NonNullable<RouteDescription['body']>) {
  const entries = Object.entries(examples).map(([name, { summary, value, headers, status }]) => {
    return [name, { summary, value, 'x-status': status, ...(headers && { 'x-headers': headers }) }];
  });
  return { schema: givenBody(schema), examples: Object.fromEntries(entries) };
}

/** The schemas stay those that validate; what is added is only how the document shows them. */
function withExamples(parameters: z.ZodObject, examples: Record<string, string | number>): z.ZodObject {
  const shape = Object.entries(parameters.shape).map(([name, schema]) => {
    const example = examples[name];
    if (example === undefined) return [name, schema];
    return [name, (schema as z.ZodType).meta({ ...(schema as z.ZodType).meta(), param: { example } })];
  });
  return z.object(Object.fromEntries(shape));
}
