import { dirname } from 'node:path';
import Router from '@koa/router';
import Koa, { type Middleware } from 'koa';
import type { Route } from '../http/define-route.ts';
import { documentationRoutes } from '../http/docs-page/documentation.ts';
import { accessLog } from '../http/middleware/access-log.ts';
import { hostHeader } from '../http/middleware/host-header.ts';
import { requestMetrics } from '../http/middleware/metrics.ts';
import { privateReplies } from '../http/middleware/private-replies.ts';
import { problemDetails } from '../http/middleware/problem-details.ts';
import { requestContextMiddleware } from '../http/middleware/request-context.ts';
import { serviceToken, type Tokens } from '../http/middleware/service-token.ts';
import { trustedProxies } from '../http/middleware/trusted-proxies.ts';
import { type ApiDescription, createApiDocument } from '../http/openapi/api-document.ts';
import { diskGauges } from '../telemetry/disk-gauges.ts';
import type { Logger } from '../telemetry/logger.ts';
import { createMetrics, type Registry } from '../telemetry/metrics.ts';
import { storeUpGauge } from '../telemetry/store-gauge.ts';
import { type HealthOptions, probeRoutes } from './probe-routes.ts';

// Those of RFC 9110 that reach an app, and PATCH: 405 where a path does not have them. Any other is 501.
const KNOWN_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'];

export interface AppOptions extends HealthOptions {
  logger: Logger;
  /** Its routes are mounted; its document is served at /openapi.json and as a page at /docs, behind the token like them. */
  api?: ApiDescription;
  /** Routes that no document has and no service token guards. */
  router?: Router | undefined;
  /** Whether other services call it for a part of what they are asked for, and tell of that. */
  isInner?: boolean;
  /** The file of its store, where that is one: how full its disk is, is a metric. */
  storeFile?: string | undefined;
  /** Where the service registers its own metrics; one of its own when left out. */
  metrics?: Registry;
  /** With a token, only health, metrics and routes that are open respond to a caller without it. */
  serviceToken?: Tokens | undefined;
  /** How many proxies stand in front, whose word counts for who the client is; none when left out. */
  proxies?: number | undefined;
}

/**
 * A Koa app with the standard stack in its one right order: the context first, so that every line and reply has it; the
 * access log around the problem renderer, so that it sees the status that was sent; the token before all routes.
 */
export function createApp(options: AppOptions): Koa {
  const { logger, api, router, isInner, metrics = createMetrics(), storeFile, ...rest } = options;
  const { serviceToken: tokens = [], proxies = 0, ...health } = rest;
  const app = new Koa({ proxy: proxies > 0 });
  if (storeFile !== undefined) diskGauges(metrics, dirname(storeFile));
  storeUpGauge(metrics, health.ready);
  app.use(trustedProxies(proxies));
  app.use(requestContextMiddleware());
  app.use(privateReplies());
  app.use(accessLog(logger, isInner));
  app.use(requestMetrics(metrics));
  app.use(partOnceClosed());
  app.use(problemDetails(logger));
  app.use(hostHeader());
  const probes = probeRoutes(health, metrics);
  const routes = allRoutes(api, probes);
  if (tokens.length > 0) app.use(serviceToken(tokens, openAmong(router, [...probes, ...routes.filter(isOpen)])));
  const mounted = new Router({ methods: KNOWN_METHODS });
  for (const { mount } of routes) mount(mounted);
  app.use(mounted.routes());
  if (router) app.use(router.routes());
  app.use(mounted.allowedMethods());
  // What still gets here has no reply left to go into: a socket that broke while the reply was being written.
  app.on('error', (error) => logger.warn('connection failed', { error }));
  return app;
}

/** The routes of a service, those that every service has, and where it has a document those that serve it. */
function allRoutes(api: ApiDescription | undefined, probes: readonly Route[]): readonly Route[] {
  if (!api) return probes;
  const served: Route[] = [
    ...api.routes,
    ...documentationRoutes(api.title, () => createApiDocument({ ...api, routes: served }, probes)),
  ];
  return [...served, ...probes];
}

const isOpen = ({ description }: Route): boolean => description.open === true;

/** @returns whether a path is one of these routes, with whatever method */
function openAmong(router: Router | undefined, routes: readonly Route[]): (path: string, method: string) => boolean {
  const open = new Router();
  for (const { mount } of routes) mount(open);
  const routers = router ? [open, router] : [open];
  return (path, method) => routers.some((one) => one.match(path, method).path.length > 0);
}

/**
 * Sends `Connection: close` once the listener is closed. Sent earlier, it would make clients connect anew and be reset
 * when the listener closes.
 */
function partOnceClosed(): Middleware {
  return async function partOnceClosed(ctx, next) {
    await next();
    const { server } = ctx.req.socket as { server?: { listening: boolean } };
    if (server?.listening === false) ctx.set('connection', 'close');
  };
}
