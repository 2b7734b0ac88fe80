/** Milliseconds, or a number and a unit: `250ms`, `10s`, `15m`, `2h`, `7d`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

const UNITS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * @returns milliseconds
 * @throws RangeError where it is not a duration
 */
export function toMilliseconds(duration: Duration): number {
  const [, number, unit = 'ms'] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(String(duration)) ?? [];
  if (number === undefined) throw new RangeError(`not a duration: ${duration}`);
  return Number(number) * (UNITS[unit] as number);
}
