import type { Context } from 'koa';
import { z } from 'zod';
import { defineRoute, type Route } from '../define-route.ts';
import type { ApiDocument } from '../openapi/api-document.ts';
import { replyHeader } from '../openapi/headers.ts';
import type { ReplyDescription } from '../openapi/route-description.ts';
import { createPageFiles, type PageFile, pageFile, pageHtml } from './page-files.ts';

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  // The style sheet of the page has its icons in it.
  "img-src 'self' data:",
  // "Try it out" calls this service and no other.
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const tag = 'Service';
const validated = { ETag: replyHeader.etag, 'Cache-Control': replyHeader.cacheControl };
const ifNoneMatch = { 'If-None-Match': z.string().optional().meta({ description: 'The ETag of an earlier reply.' }) };

const fileReplies = (reply: ReplyDescription) => ({
  200: { ...reply, headers: validated },
  304: { description: 'What `If-None-Match` names is still current.', headers: validated },
});

const apiDocument = (file: () => PageFile) =>
  defineRoute({
    method: 'get',
    path: '/openapi.json',
    operationId: 'getApiDocument',
    tag,
    summary: 'This document',
    headers: ifNoneMatch,
    replies: fileReplies({ description: 'An OpenAPI 3.1 document.', schema: z.looseObject({ openapi: z.string() }) }),
    handler: (_request, ctx) => send(ctx, file()),
  });

const documentationPage = (html: PageFile) =>
  defineRoute({
    method: 'get',
    path: '/docs',
    operationId: 'getDocumentationPage',
    tag,
    summary: 'This document as a page on which each route can be tried',
    headers: ifNoneMatch,
    replies: fileReplies({ description: 'The page.', schema: z.string(), mediaType: 'text/html' }),
    handler(_request, ctx) {
      ctx.set('content-security-policy', CONTENT_SECURITY_POLICY);
      ctx.set('referrer-policy', 'no-referrer');
      return send(ctx, html);
    },
  });

const documentationFile = (find: ReturnType<typeof createPageFiles>) =>
  defineRoute({
    method: 'get',
    path: '/docs/:file',
    operationId: 'getDocumentationFile',
    tag,
    summary: 'What the page is made of',
    params: z.object({ file: z.string() }),
    examples: { file: 'page.js' },
    headers: ifNoneMatch,
    replies: fileReplies({ description: 'A script, or a style sheet.', schema: z.string(), mediaType: 'text/*' }),
    problems: [{ status: 404, code: 'not_found', when: 'The page has no such file.' }],
    async handler({ params: { file } }, ctx) {
      const found = await find(file);
      return found && send(ctx, found);
    },
  });

/**
 * The routes that describe a service to the people and programs that call it.
 *
 * @param document returns the document, which has these routes as well
 */
export function documentationRoutes(title: string, document: () => ApiDocument): Route[] {
  let json: PageFile | undefined;
  const file = () => {
    json ??= pageFile('application/json; charset=utf-8', JSON.stringify(document()));
    return json;
  };
  const html = pageFile('text/html; charset=utf-8', pageHtml(title));
  return [apiDocument(file), documentationPage(html), documentationFile(createPageFiles())];
}

function send(ctx: Context, { type, body, etag, cacheControl }: PageFile): undefined {
  ctx.status = 200;
  ctx.set({ etag, 'cache-control': cacheControl });
  if (ctx.fresh) {
    ctx.status = 304;
    return undefined;
  }
  ctx.body = body;
  ctx.set('content-type', type);
}
