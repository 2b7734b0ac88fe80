import type { TimelineEntry, Unplaced } from './timeline-entry.ts';

/** The most rows that the way back is shown beside the way out; a longer one is shown below it. */
export const ROWS_BESIDE = 60;

/** Rules of style that put an entry in its row: pages may not have styles of their own. */
export function rowRules(): string {
  const rules = Array.from({ length: ROWS_BESIDE }, (_, index) => {
    const row = index + 1;
    return `.row-${row}{grid-row:${row}}.rows-${row}{grid-template-rows:repeat(${row},auto)}`;
  });
  return `@media (min-width:62rem){${rules.join('')}}`;
}

/** An entry of the way back. */
export interface WayBackEntry {
  entry: Unplaced;
  /** The entry of the way out that it stands beside; it has a row of its own where this is left out. */
  beside?: Unplaced | undefined;
}

interface Row {
  out?: Unplaced;
  back?: Unplaced;
}

/**
 * Gives each entry its row: the way out goes down, the way back comes up beside it.
 *
 * @param out in order of time, the turn last
 * @param back in order of time
 * @returns all in order of time
 */
export function placeInRows(out: readonly Unplaced[], back: readonly WayBackEntry[]): TimelineEntry[] {
  const rows: Row[] = out.map((entry) => ({ out: entry }));
  let at = rows.length - 1;
  for (const { entry, beside } of back) {
    const own = beside ? rows.findIndex((row) => row.out === beside && row.back === undefined) : -1;
    if (own >= 0) {
      at = own;
      (rows[own] as Row).back = entry;
    } else {
      rows.splice(at, 0, { back: entry });
    }
  }
  const rowOf = (entry: Unplaced) => rows.findIndex((row) => row.out === entry || row.back === entry) + 1;
  return [...out, ...back.map(({ entry }) => entry)].map((entry) => ({ ...entry, row: rowOf(entry) }));
}
