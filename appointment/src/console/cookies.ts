import type { Context } from 'koa';

export interface CookieToSet {
  name: string;
  value: string;
  /** The pages that it is for. */
  path: string;
  /** 0 takes it back. */
  maxAgeSeconds: number;
  /** Whether it is for https alone. */
  secure: boolean;
}

/**
 * Sets a cookie that no script reads. By hand, for koa's cookies know no `Max-Age`, only a date by the machine's clock, which
 * may be set, and which the browser's need not follow. And they refuse `Secure` on a connection that only a proxy in front
 * of it made secure.
 */
export function setCookie(ctx: Context, { name, value, path, maxAgeSeconds, secure }: CookieToSet): void {
  // Lax, so that a link in a ticket or a chat leads to the page: no GET changes anything, and forms are guarded by
  // `sameOrigin` and their own token.
  const attributes = [`${name}=${value}`, `Path=${path}`, `Max-Age=${maxAgeSeconds}`, 'HttpOnly', 'SameSite=Lax'];
  ctx.append('set-cookie', [...attributes, ...(secure ? ['Secure'] : [])].join('; '));
}
