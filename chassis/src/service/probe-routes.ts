import { z } from 'zod';
import { defineRoute, type Route } from '../http/define-route.ts';
import { draining as drainingProblem, notReady } from '../http/problem-kinds.ts';
import { jsonReply } from '../http/reply.ts';
import type { Registry } from '../telemetry/metrics.ts';

export interface HealthOptions {
  /** Rejects when the service cannot do its work, for instance because its store does not respond. */
  ready: () => Promise<void>;
  /** Aborted once shutdown has begun. */
  draining: AbortSignal;
}

const tag = 'Service';
const OK = { status: 'ok' } as const;

const reply = (description: string) => ({
  description,
  schema: z.strictObject({ status: z.literal(OK.status) }),
  example: OK,
});

const ok = () => jsonReply(200, OK);

const livez = defineRoute({
  method: 'get',
  path: '/livez',
  operationId: 'getLiveness',
  tag,
  summary: 'Whether the process responds',
  replies: { 200: reply('It does.') },
  handler: ok,
});

const readyz = ({ ready, draining }: HealthOptions) =>
  defineRoute({
    method: 'get',
    path: '/readyz',
    operationId: 'getReadiness',
    tag,
    summary: 'Whether the service can do its work',
    replies: { 200: reply('It can.') },
    problems: [drainingProblem, notReady],
    async handler() {
      if (draining.aborted) throw drainingProblem();
      await ready().catch((cause: unknown) => {
        throw notReady({ cause });
      });
      return ok();
    },
  });

const metricsPage = (registry: Registry) =>
  defineRoute({
    method: 'get',
    path: '/metrics',
    operationId: 'getMetrics',
    tag,
    summary: 'Metrics in the Prometheus text format',
    replies: { 200: { description: 'Every metric as it is now.', schema: z.string(), mediaType: 'text/plain' } },
    handler: async () => ({ status: 200, type: registry.contentType, body: await registry.metrics() }),
  });

/** The routes for those who operate a service; they need no token. */
export const probeRoutes = (health: HealthOptions, metrics: Registry): Route[] => [
  livez,
  readyz(health),
  metricsPage(metrics),
];
