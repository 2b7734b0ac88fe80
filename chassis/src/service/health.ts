import type { Context, Middleware } from 'koa';
import { Problem } from '../http/problem.ts';

/** Paths that probes and scrapers request every few seconds; logged like other requests they would drown them. */
export const PROBES: ReadonlySet<string> = new Set(['/livez', '/readyz', '/metrics']);

export interface HealthOptions {
  /** Rejects when the service cannot do its work, for instance because its store does not respond. */
  ready: () => Promise<void>;
  /** Aborted once shutdown has begun. */
  draining: AbortSignal;
}

/**
 * `GET /livez`: the process responds. `GET /readyz`: its store responds and it is not draining, else 503. They come
 * before everything that could refuse them.
 */
export function health({ ready, draining }: HealthOptions): Middleware {
  return async function health(ctx, next) {
    if (ctx.path !== '/livez' && ctx.path !== '/readyz') return next();
    if (refuseWrites(ctx)) return;
    ctx.set('cache-control', 'no-store');
    if (ctx.path === '/readyz') await assertReady(ready, draining);
    ctx.body = { status: 'ok' };
  };
}

/** Responds with 405 to anything but GET and HEAD; for paths outside of the router, which does it for its own. */
export function refuseWrites(ctx: Context): boolean {
  if (ctx.method === 'GET' || ctx.method === 'HEAD') return false;
  ctx.set('allow', 'GET, HEAD');
  ctx.status = 405;
  return true;
}

async function assertReady(ready: () => Promise<void>, draining: AbortSignal): Promise<void> {
  if (draining.aborted) throw new Problem(503, 'draining', { detail: 'The service is shutting down.' });
  try {
    await ready();
  } catch (cause) {
    throw new Problem(503, 'not_ready', { detail: 'The store does not answer.', cause });
  }
}
