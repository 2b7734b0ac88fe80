// The key that was shut out first is the one to forget.
const MOST_KEYS = 10_000;

/**
 * Remembers which keys are shut out, each for its time, in this process.
 *
 * @param steadyNow goes by itself, whatever clocks are set to; in milliseconds
 */
export function createShutOut<Reason>(steadyNow: () => number = () => performance.now()) {
  const keys = new Map<string, { reason: Reason; until: number }>();

  return {
    /** @param ms how long */
    shut(key: string, reason: Reason, ms: number): void {
      keys.delete(key);
      keys.set(key, { reason, until: steadyNow() + ms });
      const [first] = keys.keys();
      if (keys.size > MOST_KEYS) keys.delete(first as string);
    },
    /** @returns undefined for a key that is not shut out any more */
    find(key: string): { reason: Reason; msLeft: number } | undefined {
      const found = keys.get(key);
      if (!found) return undefined;
      const msLeft = found.until - steadyNow();
      if (msLeft > 0) return { reason: found.reason, msLeft };
      keys.delete(key);
      return undefined;
    },
  };
}
