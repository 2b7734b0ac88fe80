import { Problem } from '@appointments/chassis';
import type { Context, Middleware } from 'koa';

// Browsers send Sec-Fetch-Site to https and loopback addresses only, and Origin with every POST.
function comesFromOurPage(ctx: Context): boolean {
  const site = ctx.get('sec-fetch-site');
  if (site !== '') return site === 'same-origin';
  return URL.parse(ctx.get('origin'))?.host === ctx.host;
}

/**
 * Lets only forms through that one of our own pages sent.
 *
 * @throws Problem 403 `cross_site_request`
 */
export function sameOrigin(): Middleware {
  return async function sameOrigin(ctx, next) {
    if (!comesFromOurPage(ctx)) {
      throw new Problem(403, 'cross_site_request', { detail: 'The request did not come from a page of this console.' });
    }
    await next();
  };
}
