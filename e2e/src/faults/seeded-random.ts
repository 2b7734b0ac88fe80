export type Random = ReturnType<typeof createSeededRandom>;

/** Numbers that look random and are the same for the same seed (mulberry32). */
export function createSeededRandom(seed: number) {
  let state = seed >>> 0;

  /** At least 0, less than 1. */
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  return {
    next,
    between: (low: number, high: number) => low + next() * (high - low),
    pick: <Item>(items: readonly Item[]): Item => items[Math.floor(next() * items.length)] as Item,
  };
}

/** A new seed, or that of a run to be replayed (`FAULT_SEED`). */
export function chooseSeed(): number {
  return Number(process.env.FAULT_SEED || Math.floor(Math.random() * 2 ** 32));
}
