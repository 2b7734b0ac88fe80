import type { Middleware } from 'koa';
import { refuseWrites } from '../http/probes.ts';
import { draining as drainingProblem, notReady } from '../http/problem-kinds.ts';

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
    if (ctx.path === '/readyz') await assertReady(ready, draining);
    ctx.body = { status: 'ok' };
  };
}

async function assertReady(ready: () => Promise<void>, draining: AbortSignal): Promise<void> {
  if (draining.aborted) throw drainingProblem();
  try {
    await ready();
  } catch (cause) {
    throw notReady({ cause });
  }
}
