const atMost = Number(process.env.FAULT_REPEATS || Number.POSITIVE_INFINITY);

/** How often a fault is repeated; `FAULT_REPEATS` lowers it for a quick look. */
export const REPEATS = Math.min(20, atMost);

/** For what differs little from a case that is repeated in full. */
export const FEW_REPEATS = Math.min(5, atMost);
