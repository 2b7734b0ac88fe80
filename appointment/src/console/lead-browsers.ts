import { Problem } from '@appointments/chassis';
import type { Context, Middleware } from 'koa';
import { pageFrame } from './page-frame.ts';

/** Whether a browser asks for a page: it names HTML, where programs take anything or name JSON. */
const wantsPage = (ctx: Context): boolean => ctx.method === 'GET' && ctx.accepts('json', 'html') === 'html';

/**
 * What people meet who type an address that there is not: the root leads to the console, and below the console a page says so.
 * Programs get the usual 404. It comes after all routes.
 */
export function leadBrowsers(): Middleware {
  const frame = pageFrame();
  return async function leadBrowsers(ctx, next) {
    await next();
    if (ctx.status !== 404 || ctx.body != null || !wantsPage(ctx)) return;
    if (ctx.path === '/') {
      ctx.redirect('/console');
      ctx.status = 303;
    } else if (ctx.path.startsWith('/console/')) {
      await frame(ctx, async () => {
        throw new Problem(404, 'not_found', { detail: 'There is no such page.' });
      });
    }
  };
}
