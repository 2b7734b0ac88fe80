const REPEATS_IN_FULL = 20;
const atMost = Number(process.env.FAULT_REPEATS || Number.POSITIVE_INFINITY);

/** How often a fault is repeated; `FAULT_REPEATS` lowers it for a quick look. */
export const REPEATS = Math.min(REPEATS_IN_FULL, atMost);

/** For what differs little from a case that is repeated in full. */
export const FEW_REPEATS = Math.min(5, atMost);

/** A process is killed at each of its writes; at each third for a quick look. */
export const WRITES_APART = atMost < REPEATS_IN_FULL ? 3 : 1;
