import type { Middleware } from 'koa';
import { invalidHost } from '../problem-kinds.ts';

// RFC 3986 section 3.2.2. RFC 9110 section 7.2 allows an empty one.
const HOST = /^(?:\[[\w.:~!$&'()*+,;=%-]+\]|(?:[\w.~!$&'()*+,;=-]|%[\da-f]{2})*)(?::\d*)?$/i;

/**
 * Refuses a request that does not have exactly one Host, as RFC 9112 section 3.2 asks: of two, what stands in front may
 * have gone by the other one. HTTP/1.0 may have none.
 *
 * @throws Problem 400 `invalid_host`
 */
export function hostHeader(): Middleware {
  return function hostHeader(ctx, next) {
    const { headersDistinct, httpVersion } = ctx.req;
    const [host, ...others] = headersDistinct.host ?? (httpVersion === '1.0' ? [''] : []);
    if (host === undefined || others.length > 0 || !HOST.test(host)) throw invalidHost();
    return next();
  };
}
