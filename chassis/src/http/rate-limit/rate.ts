import { z } from 'zod';

/** How many requests are let through in a window of time. */
export interface Rate {
  quota: number;
  windowSeconds: number;
}

const UNIT_SECONDS = { s: 1, m: 60, h: 3_600 } as const;
const LONGEST_WINDOW_SECONDS = 86_400;
const MOST = 1_000_000;

/** A rate such as `20/10s`, as settings have it: in seconds, minutes or hours, a day at most. */
export const rateField = z.string().transform((text, context): Rate => {
  const [, quota, count, unit] = /^(\d{1,7})\/(\d{1,5})([smh])$/.exec(text) ?? [];
  const windowSeconds = Number(count) * UNIT_SECONDS[unit as keyof typeof UNIT_SECONDS];
  const rate = { quota: Number(quota), windowSeconds };
  const isRate = rate.quota >= 1 && rate.quota <= MOST && windowSeconds >= 1 && windowSeconds <= LONGEST_WINDOW_SECONDS;
  if (isRate) return rate;
  context.addIssue({ code: 'custom', message: 'must look like 20/10s: up to 1000000 in some s, m or h, up to a day' });
  return z.NEVER;
});
