import Router from '@koa/router';
import type { Context } from 'koa';
import type { ApiDocument } from '../openapi/api-document.ts';
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

/** `GET /openapi.json`, and `GET /docs`: the document as a page on which each route can be tried. */
export function documentation(document: ApiDocument): Router {
  const router = new Router();
  const json = pageFile('application/json; charset=utf-8', JSON.stringify(document));
  const html = pageFile('text/html; charset=utf-8', pageHtml(document.info.title));
  const pageFiles = createPageFiles();

  router.get('/openapi.json', (ctx) => send(ctx, json));

  router.get('/docs', (ctx) => {
    ctx.set('content-security-policy', CONTENT_SECURITY_POLICY);
    ctx.set('referrer-policy', 'no-referrer');
    send(ctx, html);
  });

  router.get('/docs/:file', async (ctx) => {
    const file = await pageFiles(ctx.params.file as string);
    if (file) send(ctx, file);
  });

  return router;
}

function send(ctx: Context, { type, body, etag, cacheControl }: PageFile): void {
  ctx.status = 200;
  ctx.set({ etag, 'cache-control': cacheControl });
  if (ctx.fresh) {
    ctx.status = 304;
    return;
  }
  ctx.body = body;
  ctx.set('content-type', type);
}
