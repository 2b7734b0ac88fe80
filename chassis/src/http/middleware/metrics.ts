import { Histogram, type Registry } from '@prometheus-io/client';
import type { Middleware } from 'koa';
import { DURATION_BUCKETS } from '../../telemetry/metrics.ts';
import { matchedRoute } from '../matched-route.ts';
import { PROBES } from '../probes.ts';

/**
 * Measures every request but the probes, by the pattern of its route so that a label has only so many values.
 */
export function requestMetrics(registry: Registry): Middleware {
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the request to the end of its handling, by route pattern and status.',
    labelNames: ['method', 'route', 'status'],
    buckets: DURATION_BUCKETS,
    registers: [registry],
  });
  return async function requestMetrics(ctx, next) {
    if (PROBES.has(ctx.path)) return next();
    const began = performance.now();
    await next();
    const labels = { method: ctx.method, route: matchedRoute(ctx), status: String(ctx.status) };
    duration.observe(labels, (performance.now() - began) / 1_000);
  };
}
