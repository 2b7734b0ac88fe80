import { isIP } from 'node:net';
import type { Middleware } from 'koa';

const HOST = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i;
const ADDRESS_WITH_PORT = /^(?:(\d+(?:\.\d+){3}):\d{1,5}|\[([\da-f:.]+)\](?::\d{1,5})?)$/i;

/** What each header of a proxy may hold; some proxies add the port to an address. */
const READ = Object.entries<(entry: string) => string | undefined>({
  'x-forwarded-for': (entry) => {
    const [, ipv4, ipv6] = ADDRESS_WITH_PORT.exec(entry) ?? [];
    const address = ipv4 ?? ipv6 ?? entry;
    return isIP(address) ? address : undefined;
  },
  'x-forwarded-proto': (entry) => (/^https?$/i.test(entry) ? entry.toLowerCase() : undefined),
  'x-forwarded-host': (entry) => (HOST.test(entry) ? entry : undefined),
});

/**
 * Leaves of the headers of proxies what the outermost trusted one wrote: each proxy adds at the end, so whatever stands
 * before the last `count` entries was the client's own. Koa, told to trust proxies, takes it from there. One that is not of
 * its form counts as absent.
 *
 * @param count how many proxies stand in front; with 0 all of it is the client's, and none of it is left
 */
export function trustedProxies(count: number): Middleware {
  return function trustedProxies(ctx, next) {
    for (const [name, read] of READ) {
      if (ctx.req.headers[name] === undefined) continue;
      const [outermost] = ctx.get(name).split(',').slice(-count);
      const value = count > 0 ? read((outermost ?? '').trim()) : undefined;
      if (value === undefined) delete ctx.req.headers[name];
      else ctx.req.headers[name] = value;
    }
    return next();
  };
}
