import type { Middleware } from 'koa';
import type { Logger } from '../../telemetry/logger.ts';
import { matchedRoute } from '../matched-route.ts';
import { PROBES } from '../probes.ts';

/**
 * One line for each request. It names the route's pattern and never the URL, which is the client's text. Probes, and what a
 * handler marks as routine with `ctx.state.isRoutine`, are told on the level debug as long as they go well.
 *
 * @param isInner whether this service does a part of what others are asked for: of a call that is part of a trace and goes well
 * the caller's line tells
 */
export function accessLog(logger: Logger, isInner = false): Middleware {
  return async function accessLog(ctx, next) {
    const began = performance.now();
    await next();
    const probe = PROBES.has(ctx.path);
    const isTold = ctx.state.isRoutine === true || (isInner && ctx.get('traceparent') !== '');
    const isRoutine = probe || (isTold && ctx.status < 400);
    logger[isRoutine ? 'debug' : 'info']('request', {
      method: ctx.method,
      route: probe ? ctx.path : matchedRoute(ctx),
      status: ctx.status,
      ms: Math.round((performance.now() - began) * 10) / 10,
    });
  };
}
