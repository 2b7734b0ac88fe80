import type { Middleware } from 'koa';
import type { Logger } from '../../telemetry/logger.ts';
import { matchedRoute } from '../matched-route.ts';
import { PROBES } from '../probes.ts';

/** One line for each request. It names the route's pattern and never the URL, which is the client's text. */
export function accessLog(logger: Logger): Middleware {
  return async function accessLog(ctx, next) {
    const began = performance.now();
    await next();
    const probe = PROBES.has(ctx.path);
    logger.log(probe ? 'debug' : 'info', 'request', {
      method: ctx.method,
      route: probe ? ctx.path : matchedRoute(ctx),
      status: ctx.status,
      ms: Math.round((performance.now() - began) * 10) / 10,
    });
  };
}
