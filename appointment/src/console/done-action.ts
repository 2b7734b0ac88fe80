import type { Context } from 'koa';
import { setCookie } from './cookies.ts';

const ACTIONS = ['cancellation', 'retry', 'pause', 'resume', 'resend', 'retries'] as const;

/** What a form has just done, for the page that comes next. */
export interface DoneAction {
  action: (typeof ACTIONS)[number];
  /** How many bookings it was done to, where it is for many and known. */
  count?: number | undefined;
}

const COOKIE = 'console_done';
const VALUE = /^([a-z]+)(?:\.(\d{1,3}))?$/;
// The page comes at once; what is older is no news.
const SECONDS = 30;

/**
 * Hands it to the page that the browser is sent to. Not in the address, which is reloaded, kept and passed on, and which
 * anybody can write.
 */
export function keepDoneAction(ctx: Context, path: string, { action, count }: DoneAction, secure: boolean): void {
  const value = count === undefined ? action : `${action}.${count}`;
  setCookie(ctx, { name: COOKIE, value, path, maxAgeSeconds: SECONDS, secure });
}

/** Takes it for the page at this path, which is shown it once. */
export function takeDoneAction(ctx: Context, secure: boolean): DoneAction | undefined {
  const kept = ctx.cookies.get(COOKIE);
  if (kept === undefined) return undefined;
  setCookie(ctx, { name: COOKIE, value: '', path: ctx.path, maxAgeSeconds: 0, secure });
  const [, name, count] = VALUE.exec(kept) ?? [];
  const action = ACTIONS.find((one) => one === name);
  return action && { action, count: count === undefined ? undefined : Number(count) };
}
