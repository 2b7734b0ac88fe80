import type { Middleware } from 'koa';
import { CALL_ID } from '../../peer/own-response.ts';
import { isRequestId, requestContext } from '../../telemetry/request-context.ts';
import { inRequestSpan } from '../../telemetry/tracing.ts';
import { matchedRoute } from '../matched-route.ts';

/**
 * Opens the request's context and span, continuing the caller's trace and request id. Returns the request id, and the call
 * id of a caller that sends one, by which it recognises its response.
 */
export function requestContextMiddleware(): Middleware {
  return function requestContextMiddleware(ctx, next) {
    const headers = { traceparent: ctx.get('traceparent'), requestId: ctx.get('x-request-id') };
    return inRequestSpan(headers, async (span) => {
      ctx.set('x-request-id', requestContext()?.requestId ?? '');
      const callId = ctx.get(CALL_ID);
      if (isRequestId(callId)) ctx.set(CALL_ID, callId);
      await next();
      const route = matchedRoute(ctx);
      span.rename(`${ctx.method} ${route}`);
      span.set({ 'http.request.method': ctx.method, 'http.route': route, 'http.response.status_code': ctx.status });
      if (ctx.status >= 500) span.fail(String(ctx.status));
    });
  };
}
