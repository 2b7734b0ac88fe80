import type { Middleware } from 'koa';
import { requestContext } from '../../telemetry/request-context.ts';
import { inRequestSpan } from '../../telemetry/tracing.ts';
import { matchedRoute } from '../matched-route.ts';

/** Opens the request's context and span, continuing the caller's trace and request id, and returns the request id. */
export function requestContextMiddleware(): Middleware {
  return function requestContextMiddleware(ctx, next) {
    const headers = { traceparent: ctx.get('traceparent'), requestId: ctx.get('x-request-id') };
    return inRequestSpan(headers, async (span) => {
      ctx.set('x-request-id', requestContext()?.requestId ?? '');
      await next();
      const route = matchedRoute(ctx);
      span.rename(`${ctx.method} ${route}`);
      span.set({ 'http.request.method': ctx.method, 'http.route': route, 'http.response.status_code': ctx.status });
      if (ctx.status >= 500) span.fail(String(ctx.status));
    });
  };
}
