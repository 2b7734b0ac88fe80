import { Problem } from '@appointments/chassis';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { pageFrame } from './page-frame.ts';

/** Whether a browser asks for a page: it names HTML, where programs take anything or name JSON. */
const wantsPage = (ctx: Context): boolean => ctx.accepts('json', 'html') === 'html';

/** Adds what people in a browser meet who type an address: the console at `/`, and a page where there is none. Programs get JSON. */
export function addBrowserRoutes(router: Router): void {
  router.get('/', async (ctx, next) => {
    if (!wantsPage(ctx)) return next();
    ctx.vary('accept');
    ctx.redirect('/console');
    ctx.status = 303;
  });

  router.get('/console/*rest', async (ctx, next) => {
    if (!wantsPage(ctx)) return next();
    await pageFrame()(ctx, async () => {
      throw new Problem(404, 'not_found', { detail: 'There is no such page.' });
    });
  });
}
