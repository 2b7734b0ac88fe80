import { Problem } from '@appointments/chassis';
import type { Context, Middleware } from 'koa';

// Browsers send Sec-Fetch-Site to https and loopback addresses only, and Origin with every POST.
function comesFromOurPage(ctx: Context): boolean {
  const site = ctx.get('sec-fetch-site');
  if (site !== '') return site === 'same-origin';
  const origin = URL.parse(ctx.get('origin'));
  // What a proxy in front says of the scheme counts; without one, whoever made the connection secure does not show.
  if (ctx.app.proxy) return origin !== null && origin.origin === URL.parse(`${ctx.protocol}://${ctx.host}`)?.origin;
  return origin?.host === ctx.host;
}

const crossSiteRequest = () =>
  new Problem(403, 'cross_site_request', { detail: 'The request did not come from a page of this console.' });

/**
 * Lets only forms through that one of our own pages sent.
 *
 * @throws Problem 403 `cross_site_request`
 */
export function sameOrigin(): Middleware {
  return async function sameOrigin(ctx, next) {
    if (!comesFromOurPage(ctx)) throw crossSiteRequest();
    await next();
  };
}

/**
 * Keeps requests out that a page of another origin made, a neighbour's on the same host among them. The address bar and
 * anything that is no browser may ask.
 *
 * @throws Problem 403 `cross_site_request`
 */
export function notFromElsewhere(): Middleware {
  return async function notFromElsewhere(ctx, next) {
    if (!['', 'none', 'same-origin'].includes(ctx.get('sec-fetch-site'))) throw crossSiteRequest();
    await next();
  };
}
