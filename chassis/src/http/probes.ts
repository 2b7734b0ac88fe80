import type { Context } from 'koa';

/** Paths that probes and scrapers request every few seconds; logged like other requests they would drown them. */
export const PROBES: ReadonlySet<string> = new Set(['/livez', '/readyz', '/metrics']);

/** Responds with 405 to anything but GET and HEAD; for paths outside of the router, which does it for its own. */
export function refuseWrites(ctx: Context): boolean {
  if (ctx.method === 'GET' || ctx.method === 'HEAD') return false;
  ctx.set('allow', 'GET, HEAD');
  ctx.status = 405;
  return true;
}
