import { z } from 'zod';
import { draining, notReady } from '../problem-kinds.ts';
import { replyHeader } from './headers.ts';
import type { ReplyDescription, RouteDescription } from './route-description.ts';

const TAG = 'Service';
const ok = z.strictObject({ status: z.literal('ok') });
const validated = { ETag: replyHeader.etag };
const notModified: ReplyDescription = {
  description: 'What `If-None-Match` names is still current.',
  headers: validated,
};
const ifNoneMatch = { 'If-None-Match': z.string().optional().meta({ description: 'The ETag of an earlier reply.' }) };

/** The routes for those who operate a service; they need no token. */
export const probeRoutes: readonly RouteDescription[] = [
  {
    method: 'get',
    path: '/livez',
    operationId: 'getLiveness',
    tag: TAG,
    summary: 'Whether the process responds',
    replies: { 200: { description: 'It does.', schema: ok, example: { status: 'ok' } } },
  },
  {
    method: 'get',
    path: '/readyz',
    operationId: 'getReadiness',
    tag: TAG,
    summary: 'Whether the service can do its work',
    replies: { 200: { description: 'It can.', schema: ok, example: { status: 'ok' } } },
    problems: [draining, notReady],
  },
  {
    method: 'get',
    path: '/metrics',
    operationId: 'getMetrics',
    tag: TAG,
    summary: 'Metrics in the Prometheus text format',
    replies: { 200: { description: 'Every metric as it is now.', schema: z.string(), mediaType: 'text/plain' } },
  },
];

/** The routes that describe a service to the people and programs that call it. */
export const documentationRoutes: readonly RouteDescription[] = [
  {
    method: 'get',
    path: '/openapi.json',
    operationId: 'getApiDocument',
    tag: TAG,
    summary: 'This document',
    headers: ifNoneMatch,
    replies: {
      200: {
        description: 'An OpenAPI 3.1 document.',
        schema: z.looseObject({ openapi: z.string() }),
        headers: validated,
      },
      304: notModified,
    },
  },
  {
    method: 'get',
    path: '/docs',
    operationId: 'getDocumentationPage',
    tag: TAG,
    summary: 'This document as a page on which each route can be tried',
    headers: ifNoneMatch,
    replies: {
      200: { description: 'The page.', schema: z.string(), mediaType: 'text/html', headers: validated },
      304: notModified,
    },
  },
  {
    method: 'get',
    path: '/docs/:file',
    operationId: 'getDocumentationFile',
    tag: TAG,
    summary: 'What the page is made of',
    params: z.object({ file: z.string() }),
    examples: { file: 'page.js' },
    headers: ifNoneMatch,
    replies: {
      200: { description: 'A script, or a style sheet.', schema: z.string(), mediaType: 'text/*', headers: validated },
      304: notModified,
    },
    problems: [{ status: 404, code: 'not_found', when: 'The page has no such file.' }],
  },
];
