import { METHODS } from 'node:http';
import type { ApiDocument } from '@appointments/chassis';
import type { RawReply, RawRequest } from '@appointments/chassis/testing';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect } from 'vitest';
import {
  type JsonSchema,
  type Operation,
  operationsAt,
  operationsOf,
  type ResponseModel,
  responsesOutsideOfRoutes,
} from './api-model.ts';

// A reply may have others, such as Date; these matter to callers, so each of them must be documented.
const TELLING_HEADERS = [
  ...['location', 'idempotent-replayed', 'retry-after', 'allow', 'www-authenticate', 'preference-applied', 'etag'],
  ...['cache-control', 'x-request-id', 'x-call-id', 'set-cookie', 'ratelimit', 'ratelimit-policy'],
];

// Some tools read patterns with the flag `u`, most without it. A document must mean the same to both.
const validators = [true, false].map((unicodeRegExp) => {
  // `oneOf` with nothing but `required` in it says that exactly one of two members is to be there.
  const options = { strict: true, strictRequired: false, allowUnionTypes: true, allErrors: true };
  const ajv = new Ajv2020({ ...options, unicodeRegExp });
  return addFormats.default(ajv);
});

/** Where a value does not fit a schema, for any reader; empty where it fits. */
export function schemaMisfits(schema: JsonSchema, value: unknown): string[] {
  const [withUnicode = [], without = []] = validators.map((ajv) => {
    ajv.validate(schema, value);
    return (ajv.errors ?? []).map(({ instancePath, message }) => `body${instancePath}: ${message}`);
  });
  expect(without, 'what a pattern says must not depend on the flag `u`').toEqual(withUnicode);
  return withUnicode;
}

/** Where a reply does not fit the document; empty where it fits. */
export function createMisfits(document: ApiDocument) {
  const operations = operationsOf(document);
  const outside = responsesOutsideOfRoutes(document);
  const knownMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE']);

  function expected({ method, path }: RawRequest, status: number): ResponseModel | undefined {
    const here = operationsAt(operations, path);
    const operation = here.find((candidate) => candidate.method === (method === 'HEAD' ? 'GET' : method));
    if (operation) return operation.responses[status];
    return outside[refusalName(method, status, here)];
  }

  function refusalName(method: string, status: number, here: readonly Operation[]): string {
    if (status === 501 && !knownMethods.has(method) && METHODS.includes(method)) return 'MethodNotImplemented';
    if (status === 405 && here.length > 0) return 'MethodNotAllowed';
    if (status === 404 && here.length === 0) return 'NotFound';
    // Without the token every path is 401, known or not.
    return status === 401 ? 'Unauthorized' : 'undocumented';
  }

  return function misfits(request: RawRequest, reply: RawReply): string[] {
    if (reply.status === 431 && isHeadTooLarge(request)) return reply.text === '' ? [] : ['a body where none is due'];
    if (request.method === 'OPTIONS' && reply.status === 200) return reply.headers.allow ? [] : ['no Allow'];
    const response = expected(request, reply.status);
    if (!response) return [`status ${reply.status} is not documented`];
    return [
      ...headerMisfits(response, reply),
      ...privacyMisfits(request, reply),
      ...bodyMisfits(response, request, reply),
    ];
  };
}

/** Approximate: Node counts more bytes than these. */
function isHeadTooLarge({ path, headers = {} }: RawRequest): boolean {
  return path.length + JSON.stringify(headers).length > 7_500;
}

function headerMisfits({ headers = {} }: ResponseModel, reply: RawReply): string[] {
  const declared = new Map(Object.entries(headers).map(([name, header]) => [name.toLowerCase(), header]));
  const undeclared = TELLING_HEADERS.filter((name) => name in reply.headers && !declared.has(name));
  const wrong = [...declared].flatMap(([name, { required, schema }]) => {
    const value = reply.headers[name];
    if (value === undefined) return required ? [`${name} is missing`] : [];
    return schemaMisfits(schema, value).map((misfit) => `${name}: ${misfit}`);
  });
  return [...undeclared.map((name) => `${name} is not documented`), ...wrong];
}

// The document and its page are the same for everybody.
const MAY_BE_KEPT = /^\/(?:openapi\.json|docs)(?:[/?]|$)/i;

/** Any other reply may be about a patient. */
function privacyMisfits({ path }: RawRequest, { headers }: RawReply): string[] {
  const kept = headers['cache-control'] !== 'no-store' && !MAY_BE_KEPT.test(path);
  return [
    ...(kept ? ['it may be kept'] : []),
    ...(headers['x-content-type-options'] === 'nosniff' ? [] : ['it may be sniffed']),
  ];
}

function bodyMisfits({ content = {} }: ResponseModel, { method }: RawRequest, reply: RawReply): string[] {
  if (method === 'HEAD' || Object.keys(content).length === 0)
    return reply.text === '' ? [] : ['a body where none is due'];
  const mediaType = reply.headers['content-type']?.split(';', 1)[0] ?? 'none';
  const documented = content[mediaType] ?? content[mediaType.replace(/\/.*/, '/*')];
  if (!documented) return [`media type ${mediaType} is not documented`];
  if (!mediaType.endsWith('json')) return [];
  return schemaMisfits(documented.schema, JSON.parse(reply.text));
}
