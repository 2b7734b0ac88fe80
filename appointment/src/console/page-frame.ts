import type { Html } from '@appointments/chassis';
import { problemOf } from '@appointments/chassis';
import type { Context, Middleware } from 'koa';
import { problemPage } from './pages/problem-page.ts';

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

const HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  // With "no-referrer" browsers send forms with "Origin: null", and it would say nothing.
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

/** Sends a page. */
export function sendPage(ctx: Context, page: Html, status = 200): void {
  ctx.status = status;
  ctx.type = 'text/html; charset=utf-8';
  ctx.body = page.toString();
}

/** What every page has: headers that let it load nothing but our own files, and problems as pages for people. */
export function pageFrame(): Middleware {
  return async function pageFrame(ctx, next) {
    ctx.set(HEADERS);
    try {
      await next();
    } catch (error) {
      const problem = problemOf(error);
      if (!problem) throw error;
      ctx.set(problem.headers);
      sendPage(ctx, problemPage(problem, ctx.path), problem.status);
    }
  };
}
