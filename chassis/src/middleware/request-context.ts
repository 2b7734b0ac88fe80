import type { Middleware } from 'koa';
import { createRequestContext, runInRequestContext } from '../request-context.ts';

/** Opens the request's context, continuing the caller's trace and request id, and returns the request id. */
export function requestContextMiddleware(): Middleware {
  return function requestContext(ctx, next) {
    const context = createRequestContext({ traceparent: ctx.get('traceparent'), requestId: ctx.get('x-request-id') });
    ctx.set('x-request-id', context.requestId);
    return runInRequestContext(context, next);
  };
}
