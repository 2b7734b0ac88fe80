import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { createTestLogger, startTestServer, type TestServer } from '../../testing/index.ts';
import { createApp } from '../service/create-app.ts';
import { defineProblem } from './define-problem.ts';
import { defineRoute } from './define-route.ts';
import { referenceParam, textField } from './fields.ts';
import { jsonReply } from './reply.ts';

const shut = defineProblem({ status: 403, code: 'shut', detail: 'The shop is shut.' });
const soldOut = defineProblem({ status: 409, code: 'sold_out', detail: 'There is none left.' });
const away = defineProblem({ status: 503, code: 'away', detail: 'Nobody is there.', retryAfter: 3 });
const documentation = { tag: 'Things', replies: { 200: { description: 'A thing.', schema: z.looseObject({}) } } };

const orderThing = defineRoute({
  ...documentation,
  method: 'post',
  path: '/things/:reference',
  operationId: 'orderThing',
  summary: 'Order a thing',
  guard: {
    scheme: 'shop',
    problems: [shut],
    async middleware(ctx, next) {
      if (ctx.get('x-shop') === 'shut') throw shut();
      await next();
    },
  },
  params: referenceParam,
  query: z.object({ count: z.coerce.number('must be a number').default(1) }),
  body: { schema: z.object({ name: textField(10) }), examples: {} },
  idempotent: ({ name }) => name,
  problems: [soldOut, away],
  handler({ params, query, body, idempotency, idempotencyKeyGiven }) {
    // Types as they are inferred: none of these is unknown.
    const input: { reference: string; count: number; name: string } = { ...params, ...query, ...body };
    if (input.name === 'gold') throw away();
    return jsonReply(200, { ...input, key: idempotency.key, given: idempotencyKeyGiven });
  },
});

const listThings = defineRoute({
  ...documentation,
  method: 'get',
  path: '/things',
  operationId: 'listThings',
  summary: 'All things',
  handler(request) {
    // @ts-expect-error: a route that is not idempotent has no key
    return jsonReply(200, { key: request.idempotency ?? null });
  },
});

const { logger, lines } = createTestLogger();
let server: TestServer;

beforeAll(async () => {
  const api = { title: 'Things', description: 'For a test.', tokens: {}, routes: [orderThing, listThings] };
  server = await startTestServer(
    createApp({ logger, api, ready: async () => {}, draining: new AbortController().signal }),
  );
});
afterAll(() => server[Symbol.asyncDispose]());

async function order(path: string, body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(server.url + path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  });
  return {
    status: response.status,
    headers: response.headers,
    json: (await response.json()) as Record<string, unknown>,
  };
}

test('When a request fits, Then the handler gets every part of it parsed, and the log names the reference', async () => {
  const { status, json } = await order('/things/order-7?count=2', { name: ' ann ' }, { 'idempotency-key': 'key-1' });

  expect(status).toBe(200);
  expect(json).toEqual({ reference: 'order-7', count: 2, name: 'ann', key: 'key-1', given: true });
  expect(lines.join('\n')).toContain('"reference":"order-7"');
});

test.each([
  ['/things/a%20b', { name: 'ann' }, {}, 400, '/reference'],
  ['/things/a?count=x', { name: 'ann' }, {}, 400, '/count'],
  ['/things/a', { name: '' }, {}, 400, '/name'],
  ['/things/a', { name: 'ann' }, { 'idempotency-key': 'a b' }, 400, 'Idempotency-Key'],
])(
  'When %s gets %j with %j, Then it is refused and errors names the part',
  async (path, body, headers, status, pointer) => {
    const refused = await order(path, body, headers);

    expect(refused.status).toBe(status);
    expect(refused.json.errors).toMatchObject([{ pointer }]);
  },
);

test('When the guard refuses, Then nothing else of the request is looked at', async () => {
  expect((await order('/things/a', { name: '' }, { 'x-shop': 'shut' })).json.code).toBe('shut');
});

test('When a problem that was defined is thrown, Then the reply is what the document says', async () => {
  const { status, headers, json } = await order('/things/a', { name: 'gold' });

  expect([status, json.code, json.detail, headers.get('retry-after')]).toEqual([503, 'away', 'Nobody is there.', '3']);
});

test('When a route has parts, Then its document says what follows from them', async () => {
  const { paths } = (await (await fetch(`${server.url}/openapi.json`)).json()) as {
    paths: Record<
      string,
      Record<string, { responses: Record<string, DocumentedResponse>; parameters: { name: string }[] }>
    >;
  };
  const { responses, parameters } = paths['/things/{reference}']?.post ?? { responses: {}, parameters: [] };
  const codes = Object.values(responses).flatMap(codesOf);

  expect(codes.toSorted()).toEqual([
    'away',
    'body_too_large',
    'idempotency_key_reused',
    'internal_error',
    'invalid_idempotency_key',
    'invalid_input',
    'malformed_json',
    'request_erased',
    'request_in_progress',
    'shut',
    'sold_out',
    'store_unavailable',
    'unsupported_media_type',
  ]);
  expect(parameters.map(({ name }) => name)).toEqual(expect.arrayContaining(['reference', 'count', 'Idempotency-Key']));
  expect(responses['200']?.headers).toHaveProperty('Idempotent-Replayed');
  expect(responses['503']?.headers).toHaveProperty('Retry-After');
  expect(Object.values(paths['/things']?.get?.responses ?? {}).flatMap(codesOf)).toEqual([
    'internal_error',
    'store_unavailable',
  ]);
});

interface DocumentedResponse {
  headers?: Record<string, unknown>;
  content?: Record<string, { schema: { properties?: { code?: { enum: string[] } } } }>;
}

const codesOf = ({ content = {} }: DocumentedResponse) =>
  content['application/problem+json']?.schema.properties?.code?.enum ?? [];
